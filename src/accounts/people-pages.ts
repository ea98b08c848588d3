import type { Router } from 'express'
import type { App } from '../app.ts'
import { Refusal } from '../common/errors.ts'
import { paths } from '../common/paths.ts'
import { button, form } from '../web/form.ts'
import { page } from '../web/page.ts'
import type { Visit } from '../web/visit.ts'
import type { Account } from './account.ts'
import { appointModerator, approve, changeRole, closeAccount, invite, refuse, takeBackInvitation } from './actions.ts'
import type { AccountTools } from './tools.ts'
import { accountById, accountsPage, administrators, invitations, waitingAccounts } from './views.ts'

/** Administrators' pages about people: who waits, who is invited, who is here. */
export function addPeoplePages(router: Router, app: App, { withdrawClosed }: AccountTools): void {
  page(router, app, paths.people, {
    who: 'administrator',
    view: 'accounts/people.njk',
    async load({ query }) {
      const after = query['after']
      const list = await accountsPage(app.db, after)
      return {
        accounts: list.accounts,
        nextPage: list.next === undefined ? undefined : `${paths.people}?after=${list.next}`,
        firstPage: after === undefined ? undefined : paths.people,
        waiting: after === undefined ? await waitingAccounts(app.db) : [],
      }
    },
  })

  button(router, app, paths.approveAccount, {
    who: 'administrator',
    async submit(visit, body) {
      await approve(app, visit.account, body.text('account'))
      return done(visit, 'approved', paths.people)
    },
  })

  button(router, app, paths.refuseAccount, {
    who: 'administrator',
    async submit(visit, body) {
      await refuse(app, visit.account, body.text('account'))
      return done(visit, 'refused', paths.people)
    },
  })

  form(router, app, paths.invite, {
    who: 'administrator',
    view: 'accounts/invite.njk',
    load: async () => ({ values: { addresses: '' }, invitations: await invitations(app.db) }),
    async submit(visit, body) {
      const { invited, known } = await invite(app, visit.account, body.text('addresses'), visit.language)
      visit.request.session.notice = [
        visit.t('accounts:people.invited', { count: invited }),
        ...(known > 0 ? [visit.t('accounts:people.known', { count: known })] : []),
      ].join(' ')
      return { redirect: paths.invite }
    },
  })

  button(router, app, paths.takeBackInvitation, {
    who: 'administrator',
    async submit(visit, body) {
      await takeBackInvitation(app, visit.account, body.text('invitation'))
      return done(visit, 'takenBack', paths.invite)
    },
  })

  page(router, app, paths.account(':id'), {
    who: 'administrator',
    view: 'accounts/person.njk',
    load: async (visit) => ({ person: await theAccount(visit), isLast: await isLast(visit) }),
  })

  button(router, app, paths.accountRole(':id'), {
    who: 'administrator',
    async submit(visit, body) {
      const role = body.text('role') === 'administrator' ? 'administrator' : 'member'
      const person = await theAccount(visit)
      await changeRole(app, visit.account, person.id, role)
      // Who gives the role up can no longer open the page that she came from.
      const here = person.id === visit.account.id && role === 'member' ? paths.home : paths.account(person.id)
      return done(visit, role === 'administrator' ? 'madeAdministrator' : 'madeMember', here)
    },
  })

  button(router, app, paths.accountModerates(':id'), {
    who: 'administrator',
    async submit(visit, body) {
      const moderates = body.text('moderates') === 'yes'
      const { id } = await theAccount(visit)
      await appointModerator(app, visit.account, id, moderates)
      return done(visit, moderates ? 'madeModerator' : 'unmadeModerator', paths.account(id))
    },
  })

  form(router, app, paths.closeAccount(':id'), {
    who: 'administrator',
    view: 'accounts/close.njk',
    load: async (visit) => ({ person: await theAccount(visit) }),
    async submit(visit) {
      const person = await theAccount(visit)
      await closeAccount(app, visit.account, person.id)
      // A job is queued that does the same; but the page says that it is done, and no worker may run.
      await withdrawClosed(app, person.id)
      return person.id === visit.account.id ? { redirect: paths.home } : done(visit, 'closed', paths.people)
    },
  })

  async function theAccount({ params }: Visit): Promise<Account> {
    const account = await accountById(app.db, params['id'] ?? '')
    if (!account || account.state === 'waiting') throw new Refusal('not-found')
    return account
  }

  async function isLast({ params }: Visit): Promise<boolean> {
    const all = await administrators(app.db)
    return all.length === 1 && all[0]?.id === params['id']
  }
}

function done(visit: Visit, what: string, redirect: string): { readonly redirect: string } {
  visit.request.session.notice = visit.t(`accounts:people.${what}`)
  return { redirect }
}
