import type { Language } from '../common/vocabularies.ts'
import type { Term } from './terms.ts'

const words = (en: string, cy: string): Readonly<Record<Language, string>> => ({ en, cy })

/** The terms in which two nodes speak of a chat between two people (FEDERATION.md, Chats). In the order of the page. */
export const chatTerms: readonly Term[] = [
  {
    id: 'kind',
    type: 'Property',
    label: words('kind of conversation', 'math o sgwrs'),
    comment: words(
      'The concept of the vocabulary of conversation kinds that a request for a chat asks for.',
      "Y cysyniad o'r eirfa mathau o sgwrs y mae cais am sgwrs yn gofyn amdano.",
    ),
  },
  {
    id: 'why',
    type: 'Property',
    label: words('why you', 'pam chi'),
    comment: words(
      'Why the asker asks this person, in one line of plain text.',
      "Pam mae'r gofynnwr yn gofyn i'r person hwn, mewn un llinell o destun plaen.",
    ),
  },
  {
    id: 'hope',
    type: 'Property',
    label: words('hope', 'gobaith'),
    comment: words(
      'What the asker hopes for, in one line of plain text.',
      "Yr hyn y mae'r gofynnwr yn gobeithio amdano, mewn un llinell o destun plaen.",
    ),
  },
  {
    id: 'bring',
    type: 'Property',
    label: words('bring', 'cynnig'),
    comment: words(
      'What the asker brings, in one line of plain text.',
      "Yr hyn sydd gan y gofynnwr i'w gynnig, mewn un llinell o destun plaen.",
    ),
  },
  {
    id: 'proposedTimes',
    type: 'Property',
    label: words('proposed times', 'amserau a gynigir'),
    comment: words(
      'At most three times to choose from, each with a startTime and an endTime.',
      'Tri amser ar y mwyaf i ddewis ohonynt, pob un â startTime ac endTime.',
    ),
  },
  {
    id: 'introducedBy',
    type: 'Property',
    label: words('introduced by', 'cyflwynwyd gan'),
    comment: words(
      'The person who introduced the two, with the consent of both.',
      "Y person a gyflwynodd y ddau i'w gilydd, gyda chydsyniad y ddau.",
    ),
  },
  {
    id: 'sequence',
    type: 'Property',
    label: words('sequence', 'dilyniant'),
    comment: words(
      'The version of the plan of a chat. It rises with each new time that one side makes; the highest one counts.',
      "Fersiwn cynllun sgwrs. Mae'n codi gyda phob amser newydd y mae un ochr yn ei wneud; yr uchaf sy'n cyfrif.",
    ),
  },
  {
    id: 'edition',
    type: 'Property',
    label: words('edition', 'argraffiad'),
    comment: words(
      'Which edition the location and the access needs of one side are. The highest one counts.',
      "Pa argraffiad yw lleoliad ac anghenion mynediad un ochr. Yr uchaf sy'n cyfrif.",
    ),
  },
  {
    id: 'accessNeeds',
    type: 'Property',
    label: words('access needs', 'anghenion mynediad'),
    comment: words(
      'What one side of a chat needs for it, for the other one alone.',
      "Yr hyn sydd ei angen ar un ochr ar gyfer sgwrs, i'r ochr arall yn unig.",
    ),
  },
  {
    id: 'invited',
    type: 'Property',
    label: words('also asked', 'gofynnir hefyd i'),
    comment: words(
      'In a request for a consult of three: the other person who is asked to it.',
      'Mewn cais am ymgynghoriad i dri: y person arall y gofynnir iddo.',
    ),
  },
  {
    id: 'wouldLikeToMeet',
    type: 'Property',
    label: words('would like to meet', 'hoffai gwrdd â'),
    comment: words(
      'The relationship that a request to be introduced names, between who asks and whom she would like to meet.',
      "Y berthynas y mae cais i gael cyflwyniad yn ei henwi, rhwng y sawl sy'n gofyn a'r sawl yr hoffai gwrdd ag ef.",
    ),
  },
  {
    id: 'sharesWorth',
    type: 'Property',
    label: words('shares what it was worth', 'yn rhannu a oedd yn werth chweil'),
    comment: words(
      'That one side of a chat wishes that both tell each other whether it was worth the half hour.',
      "Bod un ochr sgwrs yn dymuno i'r ddwy ddweud wrth ei gilydd a oedd yn werth yr hanner awr.",
    ),
  },
  {
    id: 'worth',
    type: 'Property',
    label: words('worth', 'gwerth'),
    comment: words(
      'Whether a chat was worth the half hour: yes, partly or no. Sent only once both sides wish it.',
      'A oedd sgwrs yn werth yr hanner awr: ie (yes), yn rhannol (partly) neu nac oedd (no). Anfonir dim ond pan fydd y ddwy ochr yn dymuno hynny.',
    ),
  },
  {
    id: 'worthNote',
    type: 'Property',
    label: words('worth note', 'nodyn am y gwerth'),
    comment: words(
      'What one side of a chat says to the other about what it was worth, in plain text.',
      'Yr hyn y mae un ochr sgwrs yn ei ddweud wrth y llall am ei gwerth, mewn testun plaen.',
    ),
  },
  {
    id: 'worthEdition',
    type: 'Property',
    label: words('worth edition', 'argraffiad y gwerth'),
    comment: words(
      'Which edition of what a chat was worth this is. The highest one counts.',
      "Pa argraffiad o werth sgwrs yw hwn. Yr uchaf sy'n cyfrif.",
    ),
  },
]
