/** How long hosts are told to keep a backup, in days: who leaves is in none of them after that. */
export const backupDays = 35

/**
 * The tables that a backup holds, each after those that it refers to: the order in which they are filled again. A test holds
 * that every table of the database is here or in `leftOut`.
 */
export const backedUp: readonly string[] = [
  'setting',
  'account',
  'invitation',
  'profile',
  'retired_handle',
  'consent_receipt',
  'person',
  'listing',
  'listing_limit',
  'withdrawn_listing',
  'withdrawal',
  'chat_flag',
  'actor_key',
  'key_change',
  'directory_state',
  'published_listing',
  'published_limit',
  'partner',
  'hidden_listing',
  'withdrawal_holder',
  'origin',
  'copy',
  'staged_copy',
  'facet',
  'directory_entry',
  'word',
  'allow_list',
  'allow_list_entry',
  'follower',
  'outgoing_activity',
  'delivery',
  'holder',
  'flag_note',
  'received_activity',
]

/** The tables that a backup leaves out, and why. */
export const leftOut: Readonly<Record<string, string>> = {
  migration: 'the list of steps is in the first line of the file; a restore takes the steps itself',
  worker: 'processes that lived then',
  session: 'a restored node has nobody signed in, since somebody may have signed out after the backup',
  sign_in_request: 'a link that was used after the backup must not work a second time',
  rate_limit: 'counts of the last hour',
  federation_cache: "other servers' documents, which are fetched again; some of them are gone by then",
  published_bucket: 'computed again from published_listing; the steps make its empty rows',
  partner_statement: 'signed again: the old ones are of an epoch that ends with the restore',
}
