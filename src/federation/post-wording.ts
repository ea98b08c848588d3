import type { Translate } from '../common/words.ts'
import type { PostSwitch } from './notes.ts'

// A changed wording gets a new version and a new key, since a receipt names the version.
const versions: Readonly<Record<PostSwitch, string>> = { opened: 'v1', closing: 'v1', practice: 'v1', topic: 'v1' }

/** The version of a wording in one language, as receipts name it: `post-opened.v1.cy`. */
export function postWordingVersion(which: PostSwitch, language: string): string {
  return `post-${which}.${versions[which]}.${language}`
}

/** What somebody says who turns that switch on: the same words on the page and in the receipt. */
export function postWording(t: Translate, which: PostSwitch, host: string): string {
  return t(`federation:consent.${which}.${versions[which]}`, { host })
}
