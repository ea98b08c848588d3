/** Every address that a node gives out to other servers (FEDERATION.md, Addresses). All begin with the node's origin. */
export type Addresses = ReturnType<typeof addresses>

/** The addresses of the node at `origin` (scheme, host, port; no path). */
export function addresses(origin: string) {
  const directory = `${origin}/ap/directory`
  const listings = `${directory}/listings`
  const person = (id: string): string => `${origin}/ap/people/${id}`
  return {
    origin,
    host: new URL(origin).host,
    /** The host without a port: the name of the node's own actor. */
    hostname: new URL(origin).hostname,
    node: `${origin}/actor`,
    nodeInbox: `${origin}/ap/actor/inbox`,
    sharedInbox: `${origin}/ap/inbox`,
    organisation: `${origin}/ap/org`,
    directory,
    directoryInbox: `${directory}/inbox`,
    directoryOutbox: `${directory}/outbox`,
    directoryFollowers: `${directory}/followers`,
    directoryFollowing: `${directory}/following`,
    directoryKeys: `${directory}/keys`,
    directoryPage: `${origin}/directory`,
    listings,
    statement: `${listings}/statement`,
    buckets: `${listings}/buckets`,
    listing: (id: string): string => `${listings}/${id}`,
    person,
    personPage: (handle: string): string => `${origin}/@${handle}`,
    chat: (personId: string, number: number): string => `${person(personId)}/chat/${number}`,
    officeHours: (personId: string): string => `${person(personId)}/office-hours`,
    /** One time of somebody's office hours: what is booked. `day` is YYYY-MM-DD. */
    officeHour: (personId: string, hoursId: string, day: string): string =>
      `${person(personId)}/office-hours/${hoursId}/${day}`,
    /** What somebody booked elsewhere: the id of its Join. Nothing is served there. */
    booking: (personId: string, bookingId: string): string => `${person(personId)}/bookings/${bookingId}`,
    note: (personId: string, number: number): string => `${person(personId)}/notes/${number}`,
    /** A picture by its random name. */
    media: (name: string): string => `${origin}/media/${name}`,
    /** One answer to a message from outside, for its reader's server alone. */
    reply: (personId: string, replyId: string): string => `${person(personId)}/replies/${replyId}`,
    /** A request for a chat, and a yes to one: names between two nodes. Nothing is served there. */
    offer: (personId: string, id: string): string => `${person(personId)}/offers/${id}`,
    introduction: (personId: string, id: string): string => `${person(personId)}/introductions/${id}`,
    agreement: (personId: string, id: string): string => `${person(personId)}/agreements/${id}`,
    /** What an answer names as its conversation where the message that it answers names none; and what a chat is called. Nothing is served there. */
    conversation: (requestId: string): string => `${origin}/ap/chats/${requestId}`,
    /** The actor that announces who of one role is open to a chat. */
    topic: (role: string): string => `${origin}/ap/topics/${role}`,
    tag: (name: string): string => `${origin}/tags/${name.toLowerCase()}`,
  } as const
}

/** The ids of the two actors that every node has; a person's actor id is her person id. */
export const nodeActor = 'node'
export const directoryActor = 'directory'

const topicPrefix = 'topics/' // no person's id has a slash

/** The actor id of the topic that a role is. */
export function topicActor(role: string): string {
  return topicPrefix + role
}

/** The role whose topic an actor id is; undefined for every other actor. */
export function topicOfActor(actorId: string): string | undefined {
  return actorId.startsWith(topicPrefix) ? actorId.slice(topicPrefix.length) : undefined
}

/** The IRI of one of our actors by its short id. */
export function actorIri(origin: string, actorId: string): string {
  const at = addresses(origin)
  if (actorId === nodeActor) return at.node
  if (actorId === directoryActor) return at.directory
  const topic = topicOfActor(actorId)
  return topic === undefined ? at.person(actorId) : at.topic(topic)
}
