import { concept, labelOf, vocabulary, type Language } from '../common/vocabularies.ts'
import type { Translate } from '../common/words.ts'

/** What helps two people, or more, to use their time: a plan by the minute, cards, questions to choose from. */
export type Kit = {
  /** Slug in conversation-kinds. */
  readonly kind: string
  /** Whether something is to be agreed, sent or read before. */
  readonly hasBefore: boolean
  readonly steps: readonly Step[]
  /** Whether the three cards are a step of it, come on top for a first meeting, or do not fit. */
  readonly cards: 'step' | 'first time' | 'none'
  /** Slugs in prompts. */
  readonly questions: readonly string[]
}

/** A part of the time; `id` names its sentence (words, chats:kit.steps). */
export type Step = { readonly id: string; readonly minutes: number }

type Plan = readonly (readonly [id: string, minutes: number])[]

const greeting = ['hello', 3] as const
const ending = ['close', 3] as const

const plans: Readonly<Record<string, Plan>> = {
  'first-chat': [
    ['hello', 3],
    ['cards', 15],
    ['question', 5],
    ['close', 2],
  ],
  'compare-notes': [greeting, ['how-here', 9], ['how-there', 9], ['differences', 6], ending],
  'sounding-board': [greeting, ['on-my-mind', 7], ['open-questions', 10], ['next-step', 7], ending],
  'practice-swap': [greeting, ['first-practice', 10], ['second-practice', 10], ['make-it-fit', 4], ending],
  'show-me-how': [greeting, ['show', 15], ['say-back', 9], ending],
  'second-pair-of-eyes': [greeting, ['reading-wish', 3], ['go-through', 21], ending],
  'office-hours-slot': [greeting, ['one-question', 4], ['talk', 20], ending],
  'shadow-session': [
    ['brief', 15],
    ['watch', 140],
    ['talk-after', 25],
  ],
  'team-visit': [
    ['arrive', 15],
    ['proud-and-stuck', 45],
    ['see-the-work', 60],
    ['in-pairs', 40],
    ['close', 20],
  ],
  circle: [
    ['check-in', 10],
    ['same-minutes', 40],
    ['last-round', 10],
  ],
  'three-way-consult': [
    ['first-turn', 15],
    ['second-turn', 15],
    ['third-turn', 15],
  ],
  'reading-pair': [greeting, ['what-stayed', 10], ['one-place', 10], ['at-work', 4], ending],
}

const withBefore = new Set([
  'second-pair-of-eyes',
  'shadow-session',
  'team-visit',
  'three-way-consult',
  'reading-pair',
  'practice-swap',
])
const withoutCards = new Set(['shadow-session', 'team-visit', 'circle', 'three-way-consult', 'office-hours-slot'])

const usual = [
  'prompt-how-landed',
  'prompt-yesterday',
  'prompt-same-different',
  'prompt-good-enough',
  'prompt-take-away',
  'prompt-again',
]
const questions: Readonly<Record<string, readonly string[]>> = {
  'first-chat': [
    'prompt-how-landed',
    'prompt-explain-to-neighbour',
    'prompt-yesterday',
    'prompt-only-one',
    'prompt-same-different',
    'prompt-small-practice',
    'prompt-words',
    'prompt-take-away',
    'prompt-again',
    'prompt-who-else',
  ],
  'compare-notes': [
    'prompt-surprise',
    'prompt-who-around',
    'prompt-same-different',
    'prompt-who-decides',
    'prompt-no-budget',
    'prompt-good-enough',
    'prompt-words',
    'prompt-send',
    'prompt-again',
  ],
  'sounding-board': [
    'prompt-stuck',
    'prompt-who-decides',
    'prompt-doubt',
    'prompt-repeat-mistake',
    'prompt-ask-for-help',
    'prompt-take-away',
    'prompt-again',
  ],
  'practice-swap': [
    'prompt-small-practice',
    'prompt-dropped',
    'prompt-no-budget',
    'prompt-try-next',
    'prompt-take-away',
    'prompt-send',
    'prompt-again',
  ],
  'show-me-how': ['prompt-explain-to-neighbour', 'prompt-good-enough', 'prompt-dropped', 'prompt-send', 'prompt-again'],
  'second-pair-of-eyes': ['prompt-good-enough', 'prompt-doubt', 'prompt-words', 'prompt-send', 'prompt-again'],
  'three-way-consult': ['prompt-stuck', 'prompt-who-decides', 'prompt-try-next', 'prompt-take-away', 'prompt-again'],
  'reading-pair': ['prompt-source', 'prompt-words', 'prompt-try-next', 'prompt-take-away', 'prompt-again'],
  circle: ['prompt-stuck', 'prompt-protected-time', 'prompt-alone-cost', 'prompt-take-away', 'prompt-who-else'],
}

/** The kit of a kind of chat, or undefined where there is no such kind. */
export function kitOf(kind: string): Kit | undefined {
  const plan = Object.hasOwn(plans, kind) ? plans[kind] : undefined
  return (
    plan && {
      kind,
      hasBefore: withBefore.has(kind),
      steps: plan.map(([id, minutes]) => ({ id, minutes })),
      cards: kind === 'first-chat' ? 'step' : withoutCards.has(kind) ? 'none' : 'first time',
      questions: questions[kind] ?? usual,
    }
  )
}

/** A kit as people read it. */
export type ShownKit = {
  readonly kind: string
  readonly title: string
  readonly lead: string
  readonly minutes: string
  readonly before?: string
  readonly steps: readonly { readonly when: string; readonly text: string }[]
  readonly cards?: { readonly title: string; readonly cards: readonly string[] }
  readonly groups: readonly { readonly title: string; readonly questions: readonly string[] }[]
}

/** Says a kit in one language. */
export function shownKit(kit: Kit, language: Language, t: Translate): ShownKit {
  const label = (id: string): string => labelOf('prompts', id, language)
  let begins = 0
  const steps = kit.steps.map(({ id, minutes }) => {
    const from = begins
    begins += minutes
    return { when: t('chats:kit.when', { from, to: begins }), text: t(`chats:kit.steps.${id}`) }
  })
  const groups = vocabulary('prompts')
    .concepts.filter(({ broader }) => broader === undefined)
    .map(({ id: group }) => ({
      title: label(group),
      questions: kit.questions.filter((id) => concept('prompts', id)?.broader === group).map(label),
    }))
    .filter(({ questions: some }) => some.length > 0)
  return {
    kind: kit.kind,
    title: labelOf('conversation-kinds', kit.kind, language),
    lead: concept('conversation-kinds', kit.kind)?.definition?.[language] ?? '',
    minutes: t('chats:kit.minutes', { count: begins }),
    ...(kit.hasBefore ? { before: t(`chats:kit.before.${kit.kind}`) } : {}),
    steps,
    ...(kit.cards === 'none' ? {} : { cards: { title: cardsTitle(kit, label, t), cards: cardIds().map(label) } }),
    groups,
  }
}

/** A kit as plain text: for reading aloud, for a mail, for a program that reads pages aloud. */
export function kitText(kit: ShownKit, t: Translate): string {
  const list = (lines: readonly string[]): string => lines.map((line) => `- ${line}`).join('\n')
  return `${[
    kit.title,
    kit.lead,
    ...(kit.before === undefined ? [] : [t('chats:kit.beforeTitle'), kit.before]),
    `${t('chats:kit.plan')} (${kit.minutes})`,
    list(kit.steps.map(({ when, text }) => `${when}: ${text}`)),
    ...(kit.cards ? [kit.cards.title, list(kit.cards.cards)] : []),
    t('chats:kit.questions'),
    ...kit.groups.flatMap(({ title, questions: some }) => [title, list(some)]),
    t('chats:kit.anyway'),
  ].join('\n\n')}\n`
}

function cardIds(): readonly string[] {
  return vocabulary('prompts')
    .concepts.filter(({ broader }) => broader === 'first-exercise')
    .map(({ id }) => id)
}

function cardsTitle({ cards }: Kit, label: (id: string) => string, t: Translate): string {
  return cards === 'step' ? label('first-exercise') : t('chats:kit.firstTime')
}
