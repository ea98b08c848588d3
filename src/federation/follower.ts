/** What a follower from another server was told. */
export type FollowerState = 'waiting' | 'accepted' | 'rejected'
