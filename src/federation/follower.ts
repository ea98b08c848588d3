/** What a follower from another server was told. */
export type FollowerState = 'waiting' | 'accepted' | 'rejected'

/** Somebody on another server who follows a person here; `follow` is the Follow as it came. */
export type Follower = {
  readonly id: string
  readonly personId: string
  readonly actor: string
  readonly handle: string | null
  readonly inbox: string
  readonly sharedInbox: string | null
  readonly follow: string
  readonly state: FollowerState
  readonly askedAt: Date
}
