// Made by `npm run schemas` from schemas/*.json. Do not edit.

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
 * Whether people may choose to be found on partner nodes.
 */
offerPartnerScope: boolean
/**
 * Whether people may choose to be public on the web and on Mastodon.
 */
offerPublicScope: boolean
/**
 * Whether the node may talk to private and loopback addresses, and over http. For trying out on one machine only: it removes a protection that every node on a network needs.
 */
allowPrivateAddresses: boolean
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

/** Every schema by its file name. */
export type Schemas = {
  'config': Config
}
