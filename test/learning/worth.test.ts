import fc from 'fast-check'
import {
  answered,
  answers,
  heard,
  messageOf,
  noted,
  unsaid,
  type Worth,
  type WorthMessage,
  type WorthOutcome,
} from '../../src/learning/worth.ts'

// Two sides that answer, note, wish and take it back in any order, with messages late, twice and crossed.

type Deed =
  | { readonly side: 0 | 1; readonly do: 'answer'; readonly answer: (typeof answers)[number] }
  | { readonly side: 0 | 1; readonly do: 'note'; readonly note: string; readonly wishes: boolean }
  /** Lets one side hear one of the messages that were ever sent to it. */
  | { readonly side: 0 | 1; readonly do: 'hear'; readonly which: number }

const side = fc.constantFrom<0 | 1>(0, 1)
const deed: fc.Arbitrary<Deed> = fc.oneof(
  fc.record({ side, do: fc.constant('answer' as const), answer: fc.constantFrom(...answers) }),
  fc.record({ side, do: fc.constant('note' as const), note: fc.constantFrom('a', 'b', ''), wishes: fc.boolean() }),
  fc.record({ side, do: fc.constant('hear' as const), which: fc.nat(50) }),
)

function played(deeds: readonly Deed[]) {
  const sides: [Worth, Worth] = [unsaid, unsaid]
  const sent: [WorthMessage[], WorthMessage[]] = [[], []] // to that side
  const settle = (who: 0 | 1, { worth, isToTell }: WorthOutcome): void => {
    sides[who] = worth
    if (isToTell) sent[who === 0 ? 1 : 0].push(messageOf(worth))
  }
  const check = (): void => {
    for (const who of [0, 1] as const) {
      const mine = sides[who]
      if (mine.theirAnswer !== null) expect([mine.wishes, mine.theirWish]).toEqual([true, true])
      if (mine.theirAnswer === null) expect(mine.theirNote).toBe('')
    }
  }
  for (const one of deeds) {
    const mine = sides[one.side]
    if (one.do === 'answer') settle(one.side, answered(mine, one.answer))
    else if (one.do === 'note') settle(one.side, noted(mine, one.note, one.wishes))
    else {
      const message = sent[one.side][one.which % Math.max(1, sent[one.side].length)]
      if (message) settle(one.side, heard(mine, message))
    }
    check()
  }
  return { sides, sent, settle, check }
}

it('once everything is heard, either both know what the other said, or neither does', () => {
  fc.assert(
    fc.property(fc.array(deed, { maxLength: 25 }), (deeds) => {
      const { sides, sent, settle, check } = played(deeds)
      // Everything arrives in the end: only the newest counts, and answers to it follow.
      for (let round = 0; round < 4; round += 1)
        for (const who of [0, 1] as const)
          for (const message of sent[who].slice()) {
            settle(who, heard(sides[who], message))
            check()
          }
      const [one, other] = sides
      expect([one.theirWish, other.theirWish]).toEqual([other.wishes, one.wishes])
      const both = one.wishes && other.wishes
      expect([one.theirAnswer, one.theirNote]).toEqual(both ? [other.answer, other.note] : [null, ''])
      expect([other.theirAnswer, other.theirNote]).toEqual(both ? [one.answer, one.note] : [null, ''])
    }),
    { numRuns: 2000 },
  )
})

it('what somebody said leaves her side only while both wish it, as far as she knows', () => {
  fc.assert(
    fc.property(fc.array(deed, { maxLength: 25 }), (deeds) => {
      const { sides } = played(deeds)
      for (const mine of sides) {
        const { said } = messageOf(mine)
        if (said) expect([mine.wishes, mine.theirWish, mine.answer]).toEqual([true, true, said.answer])
      }
    }),
  )
})

it('the same message twice, or an older one, changes nothing', () => {
  fc.assert(
    fc.property(fc.array(deed, { maxLength: 25 }), fc.nat(50), (deeds, which) => {
      const { sides, sent } = played(deeds)
      const message = sent[0][which % Math.max(1, sent[0].length)]
      if (!message) return
      const once = heard(sides[0], message).worth
      expect(heard(once, message)).toEqual({ worth: once, isToTell: false })
    }),
  )
})

it('what did not take place is not shared, and takes a wish back', () => {
  const wished = noted(answered(unsaid, 'yes').worth, 'Good.', true).worth
  const both = heard(wished, { edition: 1, wishes: true, said: { answer: 'no', note: 'Hm.' } }).worth
  expect(both.theirAnswer).toBe('no')
  expect(answered(both, 'did-not-happen')).toMatchObject({
    worth: { wishes: false, note: '', theirAnswer: null, theirNote: '' },
    isToTell: true,
  })
})

it('nobody shares before she has answered', () => {
  expect(noted(unsaid, 'Good.', true)).toEqual({ worth: unsaid, isToTell: false })
})
