import { createTransport } from 'nodemailer'

/** One mail as a person reads it: plain text always, HTML beside it when given. */
export type Mail = { readonly to: string; readonly subject: string; readonly text: string; readonly html?: string }

/** Sends mails. Rejects when the mail server refuses or cannot be reached, so that the job is tried again. */
export type Mailer = { send(mail: Mail): Promise<void>; close(): void }

/** Sends by SMTP. `url` is smtp://… or smtps://…, with credentials if the server wants them. */
export function smtpMailer(url: string, from: string): Mailer {
  const transport = createTransport(url, { from, disableFileAccess: true, disableUrlAccess: true })
  return {
    async send(mail) {
      await transport.sendMail({ ...mail, headers: { 'Auto-Submitted': 'auto-generated' } })
    },
    close: () => transport.close(),
  }
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
