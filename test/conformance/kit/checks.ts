type Check = {
  /** The section of FEDERATION.md that it holds. */
  readonly section: string
  /** What is true when it passes. */
  readonly says: string
}

const vectorChecks = {
  'vectors.canonical-form': { section: '4.1', says: 'The kit writes the published listings in their RFC 8785 form.' },
  'vectors.content-hash': { section: '4.1', says: 'The kit gives the published listings their content hashes.' },
  'vectors.buckets': { section: '4.3', says: 'The kit puts them into their buckets and gives each bucket its hash.' },
  'vectors.roots': { section: '4.3', says: 'The kit finds the published roots.' },
  'vectors.key': { section: '3', says: 'The kit reads the published key and finds its fingerprint.' },
  'vectors.proof': { section: '4.3', says: 'The kit believes the published statements, and no changed one.' },
} as const satisfies Readonly<Record<string, Check>>

/** The checks of a node that publishes listings. */
export const originChecks = {
  'origin.webfinger': { section: '3', says: 'WebFinger for the host, or for directory@host, leads to the directory.' },
  'origin.actor': { section: '2', says: 'The directory is a Service by schema that says it speaks this protocol.' },
  'origin.one-origin': { section: '3', says: 'Every address of the directory is on its own origin.' },
  'origin.keys': { section: '2', says: 'The directory carries an Ed25519 Multikey and an RSA key, both its own.' },
  'origin.organisation': { section: '3', says: 'The organisation is by schema, if the directory names one.' },
  'origin.unsigned': { section: '4', says: 'An unsigned request gets the 404 of an address that does not exist.' },
  'origin.unapproved': {
    section: '4',
    says: 'A well signed request by a directory that is not accepted gets that 404.',
  },
  'origin.accept': {
    section: '3',
    says: 'A Follow gets an Accept from the directory, once its administrator approves.',
  },
  'origin.accept-embeds': { section: '3', says: 'The Accept embeds the Follow as it came.' },
  'origin.accept-again': { section: '3', says: 'A repeated Follow gets a repeated Accept.' },
  'origin.statement': { section: '4.3', says: 'The statement is by schema and speaks for its directory.' },
  'origin.proof': { section: '4.3', says: 'The proof of the statement is by the key of the directory.' },
  'origin.lease': { section: '4.3', says: 'The statement is not from the future, not old, and valid for seven days.' },
  'origin.headers': {
    section: '4',
    says: 'Documents have their media type, Cache-Control: private, no-store, and an ETag.',
  },
  'origin.not-modified': { section: '4', says: 'If-None-Match gives 304 without a body.' },
  'origin.have': { section: '4.3', says: 'A statement can be asked for with have and root.' },
  'origin.wrong-key': { section: '4', says: 'A request signed by another key in our name gets the 404.' },
  'origin.tampered': { section: '4', says: 'A request with a changed signature gets the 404.' },
  'origin.query': { section: '4', says: 'A request whose signature leaves out the query gets the 404.' },
  'origin.stale': { section: '4', says: 'A request with a signature of two hours ago gets the 404.' },
  'origin.other-actor': { section: '4', says: 'A request signed by another actor of our host gets the 404.' },
  'origin.parameters': { section: '4', says: 'A parameter that cannot be read gets the 404.' },
  'origin.reads': { section: '4', says: 'Statement, pages and buckets can be read by a directory that was let in.' },
  'origin.pages': { section: '4.2', says: 'Pages have their form, at most the items asked for, and at most 1 MiB.' },
  'origin.pages-agree': { section: '4.2', says: 'Pages of 1, 7 and 200 items give the same listings.' },
  'origin.order': { section: '4.2', says: 'Items come by ascending seq, each listing once, none beyond its page.' },
  'origin.cursor': { section: '4.2', says: 'The page after the newest is empty and still has the cursor.' },
  'origin.future-cursor': { section: '4.2', says: 'A cursor beyond the newest seq gets no listing.' },
  'origin.epoch': { section: '4.2', says: 'Pages and buckets name the epoch of the statement.' },
  'origin.listing-schema': { section: '4.1', says: 'Every listing is by schema.' },
  'origin.listing-size': { section: '4.1', says: 'Every listing has at most 8 KiB in its RFC 8785 form.' },
  'origin.listing-home': {
    section: '4.1',
    says: 'Every listing, its person and its flag are on the origin, under its directory.',
  },
  'origin.tombstones': { section: '4.1', says: 'Every tombstone has its five terms and nothing else.' },
  'origin.buckets': { section: '4.3', says: 'The 256 bucket hashes are those of the listings.' },
  'origin.bucket-pages': {
    section: '4.2',
    says: 'The page of a bucket holds its live listings, all of them and no others.',
  },
  'origin.root': { section: '4.3', says: 'Root and totalItems of the statement are those of the listings.' },
  'origin.change': {
    section: '4.2',
    says: 'A change gives its listing a new and higher seq, and the root adds up again.',
  },
  'origin.reissued': { section: '4.3', says: 'A change brings a new statement that is not older than the last.' },
  'origin.doorbell': { section: '4.4', says: 'A change rings the doorbell within five seconds, with seq and epoch.' },
  'origin.doorbell-silent': { section: '4.4', says: 'A doorbell says no name and no listing id.' },
  'origin.withdrawal': {
    section: '4.1',
    says: 'A withdrawal leaves a tombstone of five terms, and the root adds up without her.',
  },
  'origin.signed': { section: '3', says: 'Every activity that came was signed by the directory, its body covered.' },
  'origin.undo': { section: '3', says: 'After our Undo every document gets the 404.' },
} as const satisfies Readonly<Record<string, Check>>

/** The checks of a node that reads listings. */
export const subscriberChecks = {
  'subscriber.follow': { section: '3', says: 'A Follow of our directory comes from a directory of this protocol.' },
  'subscriber.follow-signed': { section: '3', says: 'The Follow is signed by the directory that sends it.' },
  'subscriber.unverified': { section: '5', says: 'Nothing is shown before a statement was verified.' },
  'subscriber.shows': { section: '5', says: 'Listings are shown once their statement is verified.' },
  'subscriber.acknowledges': { section: '4.3', says: 'It says with have and root what it holds, within a minute.' },
  'subscriber.conditional': { section: '5', says: 'It asks for the statement with the ETag that it holds.' },
  'subscriber.change': {
    section: '5',
    says: 'A change is shown within a minute of the doorbell, and what was before is not.',
  },
  'subscriber.cursor': { section: '5', says: 'It asks only for what is newer than its cursor.' },
  'subscriber.withdrawal': {
    section: '5',
    says: 'A withdrawn person is gone within a minute of the doorbell, and the withdrawal is acknowledged.',
  },
  'subscriber.odd-tombstone': { section: '4.1', says: 'A tombstone with more terms, or with fewer, is obeyed.' },
  'subscriber.too-large': { section: '5', says: 'A listing of 9 KiB is not shown.' },
  'subscriber.elsewhere': { section: '5', says: 'A listing of a person on another host is not shown.' },
  'subscriber.invalid': { section: '5', says: 'A listing that fails the schema is not shown.' },
  'subscriber.long-flag': { section: '4.1', says: 'A listing with a flag of half a year is not shown.' },
  'subscriber.refused-count': { section: '5', says: 'Refused listings count in the root, so that it adds up.' },
  'subscriber.repairs': { section: '5', says: 'A copy that went wrong is mended by its bucket.' },
  'subscriber.page-order': { section: '4.2', says: 'A page that is out of order is refused whole.' },
  'subscriber.wrong-key': { section: '5', says: 'A statement signed by another key changes nothing.' },
  'subscriber.tampered': { section: '5', says: 'A statement changed after it was signed changes nothing.' },
  'subscriber.older': { section: '5', says: 'A statement older than the newest one believed changes nothing.' },
  'subscriber.lower-seq': { section: '5', says: 'A statement with a lower seq in the same epoch changes nothing.' },
  'subscriber.future': { section: '5', says: 'A statement issued an hour ahead changes nothing.' },
  'subscriber.long-lease': { section: '5', says: 'A statement valid for 30 days changes nothing.' },
  'subscriber.other-directory': { section: '5', says: 'A statement of another directory changes nothing.' },
  'subscriber.redirect': { section: '5', says: 'A redirect to another host is not followed.' },
  'subscriber.contradiction': {
    section: '5',
    says: 'An origin whose listings never add up to its statement is not shown.',
  },
  'subscriber.epoch': { section: '5', says: 'A new epoch is read from the beginning, and what is not in it is gone.' },
  'subscriber.renews': { section: '5', says: 'A new statement renews every copy.' },
  'subscriber.review': { section: '5', says: 'A listing is not shown past its own endTime.' },
  'subscriber.lease': { section: '5', says: 'Nothing is shown once the lease is over and the origin is silent.' },
  'subscriber.signed': {
    section: '4',
    says: 'Every request for a document is signed by its directory and covers the query.',
  },
  'subscriber.comes-back': {
    section: '5',
    says: 'Listings are shown again each time that their origin is right again.',
  },
  'subscriber.reject': { section: '3', says: 'After our Reject everything of ours is gone within a minute.' },
  'subscriber.erased': { section: '3', says: 'After our Reject it says within a minute that it holds nothing.' },
} as const satisfies Readonly<Record<string, Check>>

/** Every check by its id. */
export const checks = { ...vectorChecks, ...originChecks, ...subscriberChecks } as const

export type CheckId = keyof typeof checks

/** All ids, in the order in which they are checked. */
export const checkIds = Object.keys(checks) as readonly CheckId[] // the keys of the object above
/** The ids of one part. */
export const idsOf = (part: 'vectors' | 'origin' | 'subscriber'): readonly CheckId[] =>
  checkIds.filter((id) => id.startsWith(`${part}.`))
