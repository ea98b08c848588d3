import { createTransport } from 'nodemailer'

/** One mail as a person reads it: plain text always, HTML beside it when given. */
export type Mail = {
  readonly to: string
  readonly subject: string
  readonly text: string
  readonly html?: string
  /** Of a mail that comes again: a POST to it, without signing in, ends that (RFC 8058). */
  readonly unsubscribe?: string
  /** An event to put into the reader's calendar, or to take out of it (iTIP, RFC 6047): `text` is an iCalendar file of that method. */
  readonly calendar?: { readonly method: 'REQUEST' | 'CANCEL' | 'PUBLISH'; readonly text: string }
}

/** Sends mails. Rejects when the mail server refuses or cannot be reached, so that the job is tried again. */
export type Mailer = { send(mail: Mail): Promise<void>; close(): void }

/** Sends by SMTP. `url` is smtp://… or smtps://…, with credentials if the server wants them. */
export function smtpMailer(url: string, from: string): Mailer {
  const transport = createTransport(url, { from, disableFileAccess: true, disableUrlAccess: true })
  return {
    async send({ unsubscribe, calendar, ...mail }) {
      const headers = {
        'Auto-Submitted': 'auto-generated',
        ...(unsubscribe === undefined
          ? {}
          : { 'List-Unsubscribe': `<${unsubscribe}>`, 'List-Unsubscribe-Post': 'List-Unsubscribe=One-Click' }),
      }
      const icalEvent = calendar && { method: calendar.method, filename: calendarFile, content: calendar.text }
      const sending = transport.sendMail({ ...mail, headers, ...(icalEvent ? { icalEvent } : {}) })
      const trouble = await sending.then(() => undefined, codesOf)
      // Servers repeat the address in their answer, and what a job throws is logged and kept: codes only, and no cause.
      if (trouble !== undefined) throw new Error(`the mail server did not take a mail: ${trouble}`)
    },
    close: () => transport.close(),
  }
}

// What Outlook, Google and Apple call such a file themselves.
const calendarFile = 'invite.ics'

function codesOf(error: unknown): string {
  // nodemailer's own errors carry these two
  const { code, responseCode } = error as { readonly code?: string; readonly responseCode?: number }
  return [code, responseCode].filter((part) => part !== undefined).join(' ') || 'no answer'
}

/** Prints mails to the terminal: what a node without a mail server does. */
export function printingMailer(print: (text: string) => void): Mailer {
  return {
    async send(mail) {
      print(`\n--- mail to ${mail.to}: ${mail.subject}\n${mail.text}\n---\n`)
    },
    close: () => undefined,
  }
}
