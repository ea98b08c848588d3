import type { Profile } from '../common/schema-types.ts'

/** Somebody invented for `npm run demo`: her handle and profile, how far she lets herself be found, and whether she is open. */
export type DemoPerson = {
  readonly handle: string
  readonly fields: Profile
  readonly scopes: readonly ('here' | 'partners' | 'public')[]
  /** Days until the flag ends, or undefined for somebody who is listed and not open. */
  readonly openForDays: number | undefined
}

export type DemoNode = {
  readonly key: 'council' | 'charity' | 'college'
  readonly name: string
  readonly country: string
  readonly sector: string
  readonly timeZone: string
  readonly language: 'en' | 'cy'
  readonly people: readonly DemoPerson[]
}

// Names are invented; roles, practices and sectors are ids of schemas/vocabularies.
const councilNames =
  'Asha Rao|Tom Hollis|Grace Adeyemi|Marek Nowak|Ellen Parry|Yusuf Khan|Bridget Shaw|Danny Okoro|Lena Fischer|Priya Nair|Callum Reid|Zoë Whitmore|Idris Farah|Maggie Thorne|Sunil Patel|Orla Byrne|Peter Vance|Noor Haddad|Jess Cartwright|Ravi Menon'
const charityNames =
  'Femke de Wit|Joost Bakker|Amina El Idrissi|Sanne Visser|Pieter Mulder|Lotte van Dam|Youssef Amrani|Marieke Bos|Thijs Kuipers|Naomi Hendriks|Bram Jansen|Eva Smit|Daan Peters|Fatima Azzouzi|Ruben Vos|Iris Dekker|Koen Maas|Elif Yılmaz|Jelle Dijkstra|Nienke Post'
const collegeNames =
  'Siân Pritchard|Gethin Lloyd|Mair Owen|Rhodri Hughes|Carys Bevan|Owain Griffiths|Nerys Jenkins|Huw Powell|Angharad Rees|Dafydd Morgan|Lowri James|Steffan Ellis|Eleri Thomas|Iolo Roberts|Beca Williams|Aled Price|Ffion Davies|Marged Evans|Tomos Lewis|Gwenno Harris'

const roles =
  'product-manager|delivery-manager|service-designer|user-researcher|content-designer|data-analyst|business-analyst|product-owner|interaction-designer|service-owner'.split(
    '|',
  )
const practices =
  'retrospective|story-map|week-notes|daily-check-in|written-stand-up|user-interview|show-and-tell|pre-mortem|decision-log|service-blueprint'.split(
    '|',
  )
const introductions = [
  'I look after one small service from end to end and would like to hear how others say no kindly.',
  'I am the only person here who does this. Half an hour with somebody in the same boat would help.',
  'Twelve years in, still learning. Happy to show how we run our week.',
  'New in the role. I bring curiosity and a tidy backlog.',
]

function at<Item>(list: readonly Item[], index: number): Item {
  const item = list[index % list.length]
  if (item === undefined) throw new Error('an empty list of inventions')
  return item
}

function handleOf(name: string): string {
  return name
    .normalize('NFD')
    .replace(/\p{M}/gu, '')
    .replaceAll('ı', 'i')
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '_')
    .slice(0, 30)
}

type House = Omit<DemoNode, 'people'> & { readonly names: string; readonly languages: readonly string[] }

/** Twenty people of one house. The same every time, so that what a reader saw yesterday is there today. */
function people(house: House, start: number): DemoPerson[] {
  return house.names.split('|').map((name, index) => {
    const turn = start + index
    const role = at(roles, turn)
    return {
      handle: handleOf(name),
      fields: {
        displayName: name,
        roles: [role],
        onlyOne: at(['organisation', 'team', 'none'] as const, turn),
        organisation: house.name,
        sector: house.sector,
        country: house.country,
        timeZone: house.timeZone,
        languages: house.languages
          .slice(0, 1 + (turn % house.languages.length))
          .map((tag, place) => ({ tag, level: place === 0 ? 'easy' : 'fine' })),
        shares: [at(practices, turn), at(practices, turn + 3)],
        wantsToTry: [at(practices, turn + 5), at(practices, turn + 7)],
        introduction: at(introductions, turn),
        boundaries: ['no-selling', 'no-recruiting'],
      },
      scopes: turn % 4 === 0 ? ['here', 'partners', 'public'] : ['here', 'partners'],
      openForDays: turn % 3 === 2 ? undefined : 30 + (turn % 5) * 10,
    }
  })
}

/** The three nodes of the demo: a council, a charity in another country and a college, with sixty people. */
export function demoNodes(): readonly DemoNode[] {
  const houses: readonly House[] = [
    {
      key: 'council',
      name: 'North Council',
      country: 'GB',
      sector: 'local-government',
      timeZone: 'Europe/London',
      language: 'en',
      names: councilNames,
      languages: ['en', 'cy'],
    },
    {
      key: 'charity',
      name: 'Stichting Buurtzaken',
      country: 'NL',
      sector: 'charity-community',
      timeZone: 'Europe/Amsterdam',
      language: 'en',
      names: charityNames,
      languages: ['nl', 'en', 'de'],
    },
    {
      key: 'college',
      name: 'Coleg Glan Afon',
      country: 'GB',
      sector: 'further-education',
      timeZone: 'Europe/London',
      language: 'cy',
      names: collegeNames,
      languages: ['cy', 'en'],
    },
  ]
  return houses.map((house, index) => ({ ...house, people: people(house, index * 3) }))
}
