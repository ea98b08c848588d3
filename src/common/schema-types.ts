// Made by `npm run schemas` from schemas/*.json. Do not edit.

// schemas/allow-list.json
/**
 * Directories that a steward body vouches for, signed by it (FEDERATION.md 3.2). Unknown terms are allowed and are covered by the proof; a reader must strip them after checking it.
 */
export interface AllowList {
/**
 * JSON-LD context, carried for readers of JSON-LD; a reader of this protocol goes by the terms alone.
 */
"@context"?: {
[k: string]: unknown
}
/**
 * The address of the list itself.
 */
id: string
type: "DirectoryAllowList"
/**
 * What the list is called.
 */
name: string
/**
 * The organisation that keeps the list.
 */
steward: string
/**
 * The steward's one key: an Ed25519 Multikey (FEP-521a). Its id begins with the id of the list and #.
 * 
 * @minItems 1
 * @maxItems 1
 */
assertionMethod: {
id: string
type: "Multikey"
/**
 * The id of the list.
 */
controller: string
publicKeyMultibase: string
[k: string]: unknown
}[]
issued: string
/**
 * At most 90 days after issued: a list that nobody signs again ends.
 */
validUntil: string
/**
 * @maxItems 5000
 */
items: {
/**
 * The id of the directory.
 */
directory: string
/**
 * The host of that id, with its port where it is not the usual one.
 */
host: string
organisation: string
/**
 * ISO 3166-1 alpha-2.
 */
country?: string
/**
 * The Ed25519 Multikey of the directory, where the steward has compared it.
 */
key?: string
[k: string]: unknown
}[]
/**
 * FEP-8b32, eddsa-jcs-2022. Nothing else is allowed here: a term such as expires or domain would have to be obeyed.
 */
proof: {
/**
 * The same as that of the list; absent where the list has none.
 */
"@context"?: {
[k: string]: unknown
}
type: "DataIntegrityProof"
cryptosuite: "eddsa-jcs-2022"
/**
 * The id of the steward's key.
 */
verificationMethod: string
proofPurpose: "assertionMethod"
created: string
/**
 * Multibase base58btc of the 64 bytes of the signature.
 */
proofValue: string
}
[k: string]: unknown
}

// schemas/buckets.json
/**
 * The 256 bucket hashes of the set of listings of the one who asks (FEDERATION.md 4.3); the SHA-256 of nothing for an empty one. Unknown terms are allowed; a reader must strip them.
 */
export interface Buckets {
/**
 * JSON-LD context, carried for readers of JSON-LD; a reader of this protocol goes by the terms alone.
 */
"@context"?: {
[k: string]: unknown
}
id: string
type: "DirectoryBuckets"
/**
 * The directory.
 */
attributedTo: string
/**
 * The epoch that seq belongs to.
 */
epoch: string
/**
 * The seq of the set.
 */
seq: number
/**
 * Bucket 0 first.
 * 
 * @minItems 256
 * @maxItems 256
 */
buckets: string[]
[k: string]: unknown
}

// schemas/changes-page.json
/**
 * Listings and tombstones after a cursor, by ascending seq (FEDERATION.md 4.2), at most 1 MiB; also the form of a snapshot (after=0) and of the live listings of one bucket. Items are checked one by one against listing.json or tombstone.json, so that a bad one is refused alone. Unknown terms are allowed; a reader must strip them.
 */
export interface ChangesPage {
/**
 * JSON-LD context, carried for readers of JSON-LD; a reader of this protocol goes by the terms alone.
 */
"@context"?: {
[k: string]: unknown
}
id: string
type: "OrderedCollectionPage"
partOf?: string
/**
 * FEP-1985.
 */
orderType?: "ForwardChronological"
/**
 * The epoch that seq belongs to.
 */
epoch?: string
/**
 * The cursor to ask with next; present on an empty page too.
 */
seq: number
/**
 * Present while there is more.
 */
next?: string
/**
 * @maxItems 200
 */
orderedItems: {

}[]
[k: string]: unknown
}

// schemas/chat-agreement.json
/**
 * What one side of a peer chat says of it: the Agreement in an Accept and in the Updates of who was asked, the Offer in the Updates of who asked (FEDERATION.md, Chats). With sequence it carries a plan: either startTime and endTime, or proposedTimes. Unknown terms are allowed and are not kept.
 */
export interface ChatAgreement {
/**
 * JSON-LD context, carried for readers of JSON-LD; a reader of this protocol goes by the terms alone.
 */
"@context"?: {
[k: string]: unknown
}
id: string
type: ("Agreement" | "Offer")
/**
 * The person who speaks, in an Agreement.
 */
attributedTo?: string
/**
 * The person who speaks, in an Offer.
 */
actor?: string
/**
 * The version of the plan; the higher one counts.
 */
sequence?: number
startTime?: string
endTime?: string
/**
 * Times to choose from.
 * 
 * @maxItems 3
 */
proposedTimes?: {
startTime: string
endTime: string
[k: string]: unknown
}[]
location?: {
type: "Place"
/**
 * Where the speaker can be met, in plain words.
 */
name: string
[k: string]: unknown
}
/**
 * What the speaker needs for it, for the other one alone.
 */
accessNeeds?: string
/**
 * The edition of location and accessNeeds; the higher one counts.
 */
edition: number
stipulates?: {
id?: string
type: "Commitment"
/**
 * The Intent of the flag of who was asked; absent where none is up, and an introduction lets the request in.
 */
satisfies?: string
[k: string]: unknown
}
[k: string]: unknown
}

// schemas/chat-offer.json
/**
 * A request for a peer chat, as it travels between nodes (FEDERATION.md, Chats). Unknown terms are allowed and are not kept. All text is plain text on one line, without control characters or direction overrides.
 */
export interface ChatOffer {
/**
 * JSON-LD context, carried for readers of JSON-LD; a reader of this protocol goes by the terms alone.
 */
"@context"?: {
[k: string]: unknown
}
/**
 * Random, on the asker's origin, never reused.
 */
id: string
type: "Offer"
/**
 * The person who asks.
 */
actor: string
/**
 * The person who is asked.
 * 
 * @minItems 1
 * @maxItems 1
 */
to: string[]
/**
 * When she asked.
 */
published: string
/**
 * Until when it can be answered.
 */
endTime: string
/**
 * The chat, on the asker's origin; the same on both sides.
 */
context: string
/**
 * A concept from the conversation kinds.
 */
kind: string
/**
 * Why you.
 */
why?: string
/**
 * What I hope for.
 */
hope?: string
/**
 * What I bring.
 */
bring?: string
/**
 * Times to choose from.
 * 
 * @maxItems 3
 */
proposedTimes?: {
startTime: string
endTime: string
[k: string]: unknown
}[]
/**
 * The person who introduced the two.
 */
introducedBy?: string
/**
 * In a three-way consult: the other person who is asked to it.
 * 
 * @maxItems 1
 */
invited?: string[]
/**
 * In a request to be introduced: the person to be introduced to.
 */
target?: string
/**
 * The same in HTML, for software that knows none of these terms.
 */
content?: string
object: {
type: "Agreement"
/**
 * The person who asks.
 */
attributedTo: string
stipulates: {
id?: string
type: "Commitment"
/**
 * The Intent of the flag of who was asked; absent where none is up, and an introduction lets the request in.
 */
satisfies?: string
[k: string]: unknown
}
[k: string]: unknown
}
[k: string]: unknown
}

// schemas/chat-worth.json
/**
 * What one side of a peer chat tells the other of what it was worth: the object of an Update, the Offer of who asked or the Agreement of who was asked (FEDERATION.md, Chats). It always says all that the sender tells now. Unknown terms are allowed and are not kept.
 */
export interface ChatWorth {
/**
 * JSON-LD context, carried for readers of JSON-LD; a reader of this protocol goes by the terms alone.
 */
"@context"?: {
[k: string]: unknown
}
id: string
type: ("Agreement" | "Offer")
/**
 * The person who speaks, in an Agreement.
 */
attributedTo?: string
/**
 * The person who speaks, in an Offer.
 */
actor?: string
/**
 * Whether the speaker wishes that both tell each other.
 */
sharesWorth: boolean
/**
 * Rises with each change of what the speaker tells; the highest one counts.
 */
worthEdition: number
/**
 * Whether it was worth the half hour; only once both wish to tell.
 */
worth?: ("yes" | "partly" | "no")
/**
 * What the speaker adds for the other one alone, in plain text; only with worth.
 */
worthNote?: string
[k: string]: unknown
}

// schemas/config.json
/**
 * Every setting of a Sideways node, read from the environment. A name ending in _FILE names a file that holds the value.
 */
export interface Config {
/**
 * The port on which the node listens.
 */
port: number
/**
 * The address on which the node listens. 0.0.0.0 inside a container; keep 127.0.0.1 behind a proxy on the same machine.
 */
host: string
/**
 * The public address of the node, such as https://peers.north.example, without a path. It is part of every id and cannot change later: the first start stores it and refuses another. Without it: http://localhost and the port. Choose a neutral name on day one, since organisations merge.
 */
origin?: string
/**
 * PostgreSQL 15 or later, as postgres://user:password@host:5432/name. Without it an embedded PostgreSQL is started, which is for trying out.
 */
databaseUrl?: string
/**
 * The folder for the embedded database and other files.
 */
data: string
/**
 * The file in which every withdrawal is noted outside of the database, so that nobody who withdrew comes back with a restored backup. Without it: withdrawals.log in the folder of SIDEWAYS_DATA. Keep it on another disk than the database, out of its backups, and the same for all processes of a node (docs/running.md).
 */
withdrawalLog?: string
/**
 * The organisation that runs the node, as people know it.
 */
name: string
/**
 * The organisation's sector: an id from /vocabularies/sectors.json. Offered to people as their own sector.
 */
sector: string
/**
 * The organisation's country: two capital letters, ISO 3166-1.
 */
country: string
/**
 * The organisation's own website.
 */
website?: string
/**
 * Where the node's privacy notice and rules are published; partner nodes read it before they approve.
 */
policy?: string
/**
 * Where readers get the source code of what you run; AGPL section 13 asks for it.
 */
source?: string
/**
 * Nodes that move here, by their origins, separated by commas: https://peers.old.example. Partner nodes believe such a move only if both nodes say so.
 * 
 * @maxItems 20
 */
formerOrigins: string[]
/**
 * A mail address for people who need help with this node.
 */
contact?: string
/**
 * Who may join: invited = only invited addresses; domains = also addresses of SIDEWAYS_MAIL_DOMAINS; approval = anybody may ask and an administrator approves.
 */
join: ("invited" | "domains" | "approval")
/**
 * Mail domains whose addresses may join, separated by commas: north.example,staff.north.example.
 * 
 * @maxItems 50
 */
mailDomains: string[]
/**
 * The mail server, as smtps://user:password@host:465 or smtp://host:587. Without it mails are printed to the terminal.
 */
smtpUrl?: string
/**
 * The sender of mails.
 */
mailFrom: string
/**
 * Whether people in public scope accept followers from the fediverse by hand, or every follower is accepted.
 */
acceptFollowers: ("by-hand" | "automatic")
/**
 * How many people from outside, at most, may write to one person for the first time within 24 hours. What comes beyond that is not kept, and nobody is told.
 */
requestsPerDay: number
/**
 * Whether people here write and get words of their own: in requests for a chat, places to meet and needs, introductions, and messages from outside. Without, they choose from ready sentences, and of what others wrote only who wrote is kept.
 */
requestText: boolean
/**
 * Whether people may choose to be found on partner nodes.
 */
offerPartnerScope: boolean
/**
 * Whether people may choose to be public on the web and on Mastodon.
 */
offerPublicScope: boolean
/**
 * Whether anybody may download everybody who is public here as one file (/api/v1/export.csv and .jsonld). The privacy page says so where it is on.
 */
openData: boolean
/**
 * How many questions a minute the API answers to one token, one signed-in person, or one network address. Each web process counts for itself. A download of everybody counts as ten.
 */
apiPerMinute: number
/**
 * Whether people on Mastodon and other servers can follow a role, such as @product-manager, and hear when somebody here with that role is open to a peer chat. Only people who are public and chose it are announced. off: the roles' actors answer 404, what they announced is taken back once, and nothing more is sent for them.
 */
topics: ("on" | "off")
/**
 * Whether roles that can be followed may be shown in the directories and suggestions of other servers.
 */
topicsDiscoverable: boolean
/**
 * Whether the node may talk to private and loopback addresses, and over http. For trying out on one machine only: it removes a protection that every node on a network needs.
 */
allowPrivateAddresses: boolean
/**
 * The proxy through which the node asks other servers, as http://proxy.north.example:3128 or http://user:password@proxy.north.example:3128. It must understand CONNECT to port 443. Mails and the database do not use it.
 */
httpsProxy?: string
/**
 * Hosts that are asked without the proxy, separated by commas: names with all that is below them, addresses, ranges such as 10.0.0.0/8, or * for all.
 * 
 * @maxItems 200
 */
noProxy: string[]
/**
 * Who looks up names when HTTPS_PROXY is set. here = the node looks up each name first and refuses private addresses. proxy = for networks without a name server for the internet: the node looks up nothing and asks only what SIDEWAYS_EGRESS_ALLOW names.
 */
proxyLookup: ("here" | "proxy")
/**
 * The only hosts that the node may ask, separated by commas: peers.south.example,*.gov.uk. *.gov.uk is every name below gov.uk, without gov.uk itself. If you leave it out, every host on the internet may be asked.
 * 
 * @maxItems 2000
 */
egressAllow: string[]
/**
 * How many proxies stand in front of the node and set X-Forwarded-For; rate limits count by that address. 0 = none.
 */
trustProxy: number
/**
 * The language for readers who have not chosen one: en or cy.
 */
language: ("en" | "cy")
/**
 * The time zone offered to people first, such as Europe/London.
 */
timeZone: string
/**
 * How much is logged. Logs carry ids, never names, addresses or text.
 */
logLevel: ("debug" | "info" | "warning" | "error")
}

// schemas/directory-actor.json
/**
 * The directory of another node as far as a subscriber reads it (FEDERATION.md 2). Unknown terms are allowed; a reader must strip them.
 */
export interface DirectoryActor {
id: string
type: "Service"
name: string
inbox: string
listings: string
statement: string
/**
 * Who runs the node: organization.json, on the same origin.
 */
organisation?: string
/**
 * Where the changes of its Ed25519 key are: key-changes.json, on the same origin.
 */
keyChanges?: string
/**
 * Directories that moved here; each says so by its movedTo.
 * 
 * @maxItems 20
 */
alsoKnownAs?: string[]
/**
 * The directory that takes the place of this one, and lists it in alsoKnownAs.
 */
movedTo?: string
/**
 * How many people are listed; absent below ten.
 */
totalItems?: number
generator: {
/**
 * FEP-844e: one of them is https://w3id.org/sideways/ns#directory-1.
 * 
 * @maxItems 50
 */
implements: {
href: string
[k: string]: unknown
}[]
[k: string]: unknown
}
/**
 * FEP-521a: one of them is the Ed25519 key that signs statements.
 * 
 * @minItems 1
 * @maxItems 10
 */
assertionMethod: {
id: string
type: string
controller: string
publicKeyMultibase: string
[k: string]: unknown
}[]
[k: string]: unknown
}

// schemas/introduction-offer.json
/**
 * A request to introduce somebody, and the same passed on to whom she would like to meet (FEDERATION.md, Introductions). Unknown terms are allowed and are not kept. All text is plain text on one line, without control characters or direction overrides.
 */
export interface IntroductionOffer {
/**
 * JSON-LD context, carried for readers of JSON-LD; a reader of this protocol goes by the terms alone.
 */
"@context"?: {
[k: string]: unknown
}
/**
 * Random, on the sender's origin, never reused.
 */
id: string
type: "Offer"
/**
 * Who asks to be introduced, or who introduces.
 */
actor: string
/**
 * Who knows both, or the target.
 * 
 * @minItems 1
 * @maxItems 1
 */
to: string[]
/**
 * When the asker asked; the same when it is passed on. It can be answered for 14 days.
 */
published: string
/**
 * Whom the asker would like to meet.
 */
target: string
/**
 * Why, in the asker's words.
 */
why?: string
/**
 * The same in HTML, for software that knows none of these terms.
 */
content?: string
object: {
type: "Relationship"
/**
 * The asker.
 */
subject: string
/**
 * The target.
 */
object: string
relationship?: string
[k: string]: unknown
}
[k: string]: unknown
}

// schemas/key-changes.json
/**
 * The changes of a directory's Ed25519 key, oldest first, each signed by the key that it ends (FEDERATION.md 3.1). Unknown terms are allowed and are covered by the proofs.
 */
export interface KeyChanges {
/**
 * JSON-LD context, carried for readers of JSON-LD; a reader of this protocol goes by the terms alone.
 */
"@context"?: {
[k: string]: unknown
}
id: string
type: "OrderedCollection"
/**
 * The directory.
 */
attributedTo: string
/**
 * @maxItems 100
 */
orderedItems: {
id: string
type: "DirectoryKeyChange"
/**
 * The directory.
 */
attributedTo: string
/**
 * The number of the new key; rises from one change to the next.
 */
number: number
/**
 * The Ed25519 Multikey that ends, and that signs this.
 */
formerKey: string
/**
 * The Ed25519 Multikey from now on.
 */
newKey: string
changed: string
/**
 * FEP-8b32, eddsa-jcs-2022, by the former key.
 */
proof: {
/**
 * The same as that of the change; absent where the change has none.
 */
"@context"?: {
[k: string]: unknown
}
type: "DataIntegrityProof"
cryptosuite: "eddsa-jcs-2022"
/**
 * The former key of the directory.
 */
verificationMethod: string
proofPurpose: "assertionMethod"
created: string
proofValue: string
}
[k: string]: unknown
}[]
[k: string]: unknown
}

// schemas/listing.json
/**
 * One person in the directory of an origin (FEDERATION.md 4.1), at most 8 KiB in its RFC 8785 form. Unknown terms are allowed at every level and count in the content hash, but a reader must strip them: only the terms named here may be stored or shown. All text is plain text without control characters or direction overrides.
 */
export interface Listing {
/**
 * Random, on the origin, never reused.
 */
id: string
type: "FeaturedItem"
/**
 * The directory that lists this person.
 */
attributedTo: string
/**
 * The person, on the same origin.
 */
featuredObject: string
/**
 * Strictly increasing per origin; every change gives a new one.
 */
seq: number
published: string
updated: string
/**
 * The yearly review: not shown from then on.
 */
endTime: string
/**
 * @minItems 1
 * @maxItems 5
 */
to: string[]
/**
 * Display name; a working name is fine.
 */
name: string
/**
 * Handle and host, in lower case; absent where the person has none outside.
 */
webfinger?: string
/**
 * The page of this person on the same origin; absent where there is none.
 */
url?: string
/**
 * Introduction.
 */
summary?: string
/**
 * One or two roles.
 * 
 * @minItems 1
 * @maxItems 2
 */
hasOccupation: {
type: "Occupation"
/**
 * Label of the role in the language of the sender.
 */
name: string
/**
 * A concept from the roles; absent where the person put the role in her own words.
 */
occupationalCategory?: string
[k: string]: unknown
}[]
/**
 * Where this person is the only one who does the job.
 */
onlyOne?: ("none" | "team" | "organisation")
worksFor: {
type: "Organization"
name: string
url?: string
/**
 * A concept from the sectors.
 */
sector?: string
/**
 * ISO 3166-1 alpha-2.
 */
addressCountry?: string
[k: string]: unknown
}
/**
 * Languages to chat in.
 * 
 * @maxItems 8
 */
knowsLanguage?: {
/**
 * BCP 47.
 */
tag: string
level: ("easy" | "fine" | "slow")
[k: string]: unknown
}[]
/**
 * Practices to share.
 * 
 * @maxItems 5
 */
shares?: string[]
/**
 * Practices to share that no concept names.
 * 
 * @maxItems 2
 */
sharesInWords?: string[]
/**
 * Practices to try.
 * 
 * @maxItems 5
 */
wantsToTry?: string[]
/**
 * Practices to try that no concept names.
 * 
 * @maxItems 2
 */
wantsToTryInWords?: string[]
/**
 * Pages of this person elsewhere.
 * 
 * @maxItems 4
 */
links?: string[]
/**
 * Open to a chat (FEP-0837). Absent when closed, paused or full.
 */
peerChat?: {
id: string
type: "Proposal"
purpose: "offer"
/**
 * The person: the same as featuredObject.
 */
attributedTo: string
published: string
/**
 * At most 90 days after published.
 */
endTime: string
/**
 * Kinds of conversation accepted.
 * 
 * @minItems 1
 * @maxItems 5
 */
kinds: string[]
/**
 * @maxItems 5
 */
boundaries?: ("no-selling" | "no-recruiting" | "no-press" | "not-my-organisation" | "one-language")[]
publishes: {
id: string
type: "Intent"
action: "deliverService"
resourceConformsTo: string
resourceQuantity?: {
hasUnit: string
hasNumericalValue: string
[k: string]: unknown
}
[k: string]: unknown
}
[k: string]: unknown
}
[k: string]: unknown
}

// schemas/office-hours.json
/**
 * The times of somebody's office hours that can be booked, as her node tells them to whoever may read her (FEDERATION.md, Office hours).
 */
export interface OfficeHours {
id: string
type: "OrderedCollection"
attributedTo: string
/**
 * @maxItems 200
 */
orderedItems: {
id: string
type: "Event"
startTime: string
endTime: string
places: ("open" | "full")
}[]
}

// schemas/organization.json
/**
 * Who runs a node, as shown to an administrator who is about to approve it (FEDERATION.md 2 and 3). Unknown terms are allowed; a reader must strip them.
 */
export interface Organization {
id: string
type: "Organization"
name: string
sector?: string
addressCountry?: string
privacyPolicy?: string
[k: string]: unknown
}

// schemas/profile.json
/**
 * What a person says of herself. Nothing of it shows until she lists herself. `x-audience` is a field's default audience: 0 only me, 1 my chat partner, 3 signed in on this node, 4 signed in on partner nodes, 5 the public web and Mastodon. Fields at 0 to 3 never leave the node.
 */
export type Profile = ({
[k: string]: unknown
} & {
/**
 * The name people see. A working name is fine.
 */
displayName: string
/**
 * How to say the name, or how to address this person. Told to a chat partner only; not searchable.
 */
addressMe?: string
/**
 * One or two roles from the list.
 * 
 * @minItems 1
 * @maxItems 2
 */
roles?: ProfileSlug[]
/**
 * The role in the person's own words, where the list has none that fits.
 */
roleInWords?: string
/**
 * The title in the contract.
 */
jobTitle?: string
/**
 * Whether this person is the only one with this role in the team or the organisation. It identifies; never public unless asked twice.
 */
onlyOne?: ("none" | "team" | "organisation")
/**
 * How long in this role. Told to a chat partner only.
 */
timeInRole?: ("new" | "settled" | "long")
/**
 * The organisation.
 */
organisation: string
/**
 * The organisation's sector.
 */
sector: string
/**
 * Country of work, ISO 3166-1 alpha-2.
 */
country: string
/**
 * Town or area. Never an address.
 */
place?: string
/**
 * IANA time zone. Never shown: only times that are offered leave.
 */
timeZone?: string
/**
 * The working week in half hours, local time. Never shown.
 */
workingPattern?: {
monday?: ProfileDay
tuesday?: ProfileDay
wednesday?: ProfileDay
thursday?: ProfileDay
friday?: ProfileDay
saturday?: ProfileDay
sunday?: ProfileDay
}
/**
 * The part of the country whose public holidays count, as in GB-WLS. Never shown.
 */
holidayRegion?: string
/**
 * Languages for a chat, each with how easy it is.
 * 
 * @minItems 1
 * @maxItems 8
 */
languages: {
tag: string
level: ("easy" | "fine" | "slow")
}[]
/**
 * Up to five practices this person can share.
 * 
 * @maxItems 5
 */
shares?: ProfileSlug[]
/**
 * Practices to share that the list lacks.
 * 
 * @maxItems 2
 */
sharesInWords?: string[]
/**
 * Up to five practices this person wants to try.
 * 
 * @maxItems 5
 */
wantsToTry?: ProfileSlug[]
/**
 * Practices to try that the list lacks.
 * 
 * @maxItems 2
 */
wantsToTryInWords?: string[]
/**
 * A few plain sentences. No cases, no names of residents, patients or pupils.
 */
introduction?: string
/**
 * Up to four https links elsewhere.
 * 
 * @maxItems 4
 */
links?: string[]
/**
 * A picture, never required. It is in no listing that travels: people of this node see it, and everyone where its owner chose so.
 */
picture?: {
/**
 * Random, and a new one with every new picture.
 */
name: string
/**
 * What the picture shows, for those who do not see it.
 */
alt: string
}
/**
 * What a chat is not for. Offered again when the flag is opened.
 * 
 * @maxItems 5
 */
boundaries?: ("no-selling" | "no-recruiting" | "no-press" | "not-my-organisation" | "one-language")[]
})
export type ProfileSlug = string
export type ProfileTime = string
/**
 * @maxItems 3
 */
export type ProfileDay = {
from: ProfileTime
to: ProfileTime
}[]

// schemas/remote-actor.json
/**
 * What Sideways reads of an actor on another server, whatever its software. Everything else is ignored.
 */
export interface RemoteActor {
id: string
type: ("Person" | "Service" | "Application" | "Group" | "Organization")
inbox: string
preferredUsername?: string
endpoints?: {
sharedInbox?: string
}
}

// schemas/search.json
/**
 * Roles, by their slug.
 * 
 * @maxItems 10
 */
export type SearchSlugs = string[]
/**
 * Families of roles, by their slug.
 * 
 * @maxItems 10
 */
export type SearchSlugs1 = string[]
/**
 * Sectors, by their slug.
 * 
 * @maxItems 10
 */
export type SearchSlugs2 = string[]
/**
 * Practices that the person can share, by their slug.
 * 
 * @maxItems 10
 */
export type SearchSlugs3 = string[]
/**
 * Practices that the person wants to try, by their slug.
 * 
 * @maxItems 10
 */
export type SearchSlugs4 = string[]
/**
 * Kinds of conversation that the person is open to now, by their slug.
 * 
 * @maxItems 10
 */
export type SearchSlugs5 = string[]

/**
 * What can be asked of the directory: the parameters of GET /api/v1/listings and of the page /directory. Several values of one parameter mean any of them, and so do `role` and `family` together; different parameters must all fit.
 */
export interface Search {
/**
 * Words in a name, organisation, title, introduction or practice. Accents and capitals do not matter; other titles for a role are understood.
 */
text?: string
role?: SearchSlugs
family?: SearchSlugs1
sector?: SearchSlugs2
/**
 * Countries of work, ISO 3166-1 alpha-2.
 * 
 * @maxItems 10
 */
country?: string[]
/**
 * Languages to chat in, ISO 639-1.
 * 
 * @maxItems 10
 */
language?: string[]
/**
 * Languages that the person speaks easily or well enough, ISO 639-1.
 * 
 * @maxItems 10
 */
speaks?: string[]
shares?: SearchSlugs3
wants?: SearchSlugs4
kind?: SearchSlugs5
/**
 * Only people who are the only one with their role in their team, in their organisation, or in either.
 */
onlyOne?: ("any" | "team" | "organisation")
/**
 * Only people who are open to a chat now.
 */
open?: boolean
/**
 * Only people in countries whose office hours overlap the reader's own working hours by at least two hours on most days. Needs a reader who is signed in and has told her time zone.
 */
hours?: "near"
/**
 * Where the page before ended. Take the whole address in `next` of that answer rather than making your own.
 */
after?: string
}

// schemas/statement.json
/**
 * What a directory signs about its set of listings, for the one who asks (FEDERATION.md 4.3). Unknown terms are allowed and are covered by the proof; a reader must strip them after checking it.
 */
export interface Statement {
/**
 * JSON-LD context, carried for readers of JSON-LD; a reader of this protocol goes by the terms alone.
 */
"@context"?: {
[k: string]: unknown
}
id: string
type: "DirectoryStatement"
/**
 * The directory.
 */
attributedTo: string
/**
 * Changes when the origin was restored from a backup.
 */
epoch: string
/**
 * The highest seq given so far; 0 in an empty directory.
 */
seq: number
/**
 * Live listings in this set.
 */
totalItems: number
/**
 * Hash over the 256 bucket hashes of this set.
 */
root: string
issued: string
/**
 * The end of the lease of every copy: at most 7 days after issued.
 */
validUntil: string
/**
 * FEP-8b32, eddsa-jcs-2022. Nothing else is allowed here: a term such as expires or domain would have to be obeyed.
 */
proof: {
/**
 * The same as that of the statement; absent where the statement has none.
 */
"@context"?: {
[k: string]: unknown
}
type: "DataIntegrityProof"
cryptosuite: "eddsa-jcs-2022"
/**
 * The Ed25519 key of the directory.
 */
verificationMethod: string
proofPurpose: "assertionMethod"
created: string
/**
 * Multibase base58btc of the 64 bytes of the signature.
 */
proofValue: string
}
[k: string]: unknown
}

// schemas/tombstone.json
/**
 * What is left of a withdrawn listing, for 400 days (FEDERATION.md 4.1). An origin sends these five terms and nothing else. A reader obeys a tombstone that carries more, since refusing it would keep a withdrawn person on show, and must neither store nor show the rest.
 */
export interface Tombstone {
/**
 * The id of the listing that was withdrawn.
 */
id: string
type: "Tombstone"
formerType: "FeaturedItem"
deleted: string
/**
 * The seq of the withdrawal.
 */
seq: number
[k: string]: unknown
}

// schemas/vocabulary.json
/**
 * This interface was referenced by `VocabularyLabel`'s JSON-Schema definition
 * via the `patternProperty` "^(?!(en|cy)$)[a-z]{2,3}(-[A-Za-z0-9]{2,8}){0,3}$".
 */
export type VocabularyShortText = string
export type VocabularySlug = string
/**
 * This interface was referenced by `VocabularyDefinition`'s JSON-Schema definition
 * via the `patternProperty` "^(?!(en|cy)$)[a-z]{2,3}(-[A-Za-z0-9]{2,8}){0,3}$".
 */
export type VocabularyLongText = string

/**
 * One published list of concepts. The IRI of a concept is the vocabulary's id, then #, then the concept's id. Concept ids are unique across all shipped vocabularies and never change; translations add labels, never ids.
 */
export interface Vocabulary {
/**
 * Base IRI of the vocabulary.
 */
id: string
version: string
/**
 * Date of this version, year-month-day.
 */
issued: string
license: "https://creativecommons.org/publicdomain/zero/1.0/"
title: VocabularyLabel
/**
 * @minItems 1
 * @maxItems 500
 */
concepts: VocabularyConcept[]
}
/**
 * Language tag to text; English and Welsh always, others may be added, where several forms stand with a slash between spaces.
 */
export interface VocabularyLabel {
en: VocabularyShortText
cy: VocabularyShortText
[k: string]: VocabularyShortText
}
export interface VocabularyConcept {
id: VocabularySlug
label: VocabularyLabel
definition?: VocabularyDefinition
/**
 * Id of the wider concept: in the same vocabulary, except in role-titles, where it names a role in roles.
 */
broader?: string
}
/**
 * One or two sentences, shown as a hint.
 */
export interface VocabularyDefinition {
en: VocabularyLongText
cy: VocabularyLongText
[k: string]: VocabularyLongText
}

// schemas/webfinger.json
/**
 * What another node answers about itself (RFC 7033), as far as it is read here.
 */
export interface Webfinger {
subject?: string
/**
 * @maxItems 50
 */
links: {
rel: string
type?: string
href?: string
[k: string]: unknown
}[]
[k: string]: unknown
}

/** Every schema by its file name. */
export type Schemas = {
  'allow-list': AllowList
  'buckets': Buckets
  'changes-page': ChangesPage
  'chat-agreement': ChatAgreement
  'chat-offer': ChatOffer
  'chat-worth': ChatWorth
  'config': Config
  'directory-actor': DirectoryActor
  'introduction-offer': IntroductionOffer
  'key-changes': KeyChanges
  'listing': Listing
  'office-hours': OfficeHours
  'organization': Organization
  'profile': Profile
  'remote-actor': RemoteActor
  'search': Search
  'statement': Statement
  'tombstone': Tombstone
  'vocabulary': Vocabulary
  'webfinger': Webfinger
}
