import fc from 'fast-check'
import { isMailAddress, mailAddress } from '../../src/accounts/account.ts'
import { addressesIn, joining } from '../../src/accounts/joining.ts'
import { linkOf, tokenIn } from '../../src/accounts/link.ts'
import { returnPath } from '../../src/accounts/return-path.ts'
import { randomToken } from '../../src/common/ids.ts'

const domains = { join: 'domains', mailDomains: ['north.example'] } as const

describe('joining', () => {
  it('an allowed domain lets in nobody whose domain only looks like it', () => {
    for (const mail of [
      'a@evilnorth.example',
      'a@north.example.evil.example',
      'a@staff.north.example',
      'north.example@evil.example',
    ]) {
      expect(joining(domains, mail, false)).toBe('no')
    }
    expect(joining(domains, 'a@north.example', false)).toBe('at-once')
  })

  it('an invitation counts whatever the node allows', () => {
    for (const join of ['invited', 'domains', 'approval'] as const) {
      expect(joining({ join, mailDomains: [] }, 'a@elsewhere.example', true)).toBe('at-once')
    }
  })

  it('without an invitation nobody joins an invited node, and everybody waits on one that approves', () => {
    expect(joining({ join: 'invited', mailDomains: ['north.example'] }, 'a@north.example', false)).toBe('no')
    expect(joining({ join: 'approval', mailDomains: [] }, 'a@north.example', false)).toBe('after-approval')
  })
})

describe('addresses', () => {
  it('an address that is accepted cannot name a second one or break out of a mail header', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom(...'ab.@ ,;<>"\r\n\t:()[]\\é'.split('')) }), (text) => {
        const mail = mailAddress(text)
        if (isMailAddress(mail)) expect(mail).toMatch(/^[^\s,;<>":()[\]\\@]+@[^\s,;<>":()[\]\\@]+$/)
      }),
    )
  })

  it('what browsers accept as a mail address is accepted', () => {
    fc.assert(fc.property(fc.emailAddress(), (mail) => expect(isMailAddress(mailAddress(mail))).toBe(true)))
  })

  it('lines of addresses are read once each, and what is none is named', () => {
    expect(addressesIn('a@north.example\n A@North.example \n\nb@north.example, c@north.example; nobody\n')).toEqual({
      addresses: ['a@north.example', 'b@north.example', 'c@north.example'],
      wrong: ['nobody'],
    })
  })
})

describe('return paths', () => {
  it('every path that is accepted stays on the node, in whatever way a browser reads it', () => {
    const nasty = fc.string({
      unit: fc.constantFrom(
        '/',
        '\\',
        '.',
        '@',
        ':',
        'e',
        'vil.example',
        '%2f',
        '%5c',
        '?',
        '#',
        '\t',
        '\n',
        ' ',
        'http:',
      ),
    })
    fc.assert(
      fc.property(
        fc.oneof(
          nasty,
          nasty.map((rest) => `/${rest}`),
          fc.webUrl(),
        ),
        (text) => {
          const path = returnPath(text)
          if (path === undefined) return
          expect(new URL(path, 'https://north.example').origin).toBe('https://north.example')
          expect(path).toMatch(/^\/(?![/\\])/)
        },
      ),
      { numRuns: 2000 },
    )
  })

  it('an address of one of our pages is kept as it is', () => {
    for (const path of ['/', '/directory?text=product%20manager&open=true', '/me/profile/name#name'])
      expect(returnPath(path)).toBe(path)
  })

  it('other places are not', () => {
    for (const text of [
      '//evil.example',
      '/\\evil.example',
      'https://evil.example',
      'javascript:alert(1)',
      '',
      '/.//evil.example',
      '/\t/evil.example',
    ]) {
      expect(returnPath(text)).toBeUndefined()
    }
  })
})

it('the token of a link is found in whatever shape the link was pasted', () => {
  fc.assert(
    fc.property(fc.nat(120), fc.constantFrom('\n', ' ', '\r\n  ', ''), (at, gap) => {
      const token = randomToken()
      const link = linkOf('https://peers.north.example', token)
      expect(tokenIn(`${link.slice(0, at)}${gap}${link.slice(at)}`)).toBe(token)
      expect(tokenIn(` ${token}\n`)).toBe(token)
      expect(tokenIn(`${link}x`)).toBeUndefined()
    }),
  )
})
