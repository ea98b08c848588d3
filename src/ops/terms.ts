import type { Language } from '../common/vocabularies.ts'
import { chatTerms } from './chat-terms.ts'

/** Where our own terms live. */
export const termsBase = 'https://w3id.org/sideways/ns#'

type Words = Readonly<Record<Language, string>>

export type Term = {
  readonly id: string
  readonly type: 'Class' | 'Property' | 'Protocol'
  readonly label: Words
  readonly comment: Words
}

const words = (en: string, cy: string): Words => ({ en, cy })

/** The terms that Sideways adds to those of others (FEDERATION.md 2 to 5): only glue. In the order of the page. */
export const terms: readonly Term[] = [
  {
    id: 'PeerChat',
    type: 'Class',
    label: words('Peer chat', 'Sgwrs rhwng cymheiriaid'),
    comment: words(
      'About half an hour of talk in work time between two people who do the same job in different organisations. What an Intent conforms to.',
      "Tua hanner awr o sgwrs yn ystod oriau gwaith rhwng dau berson sy'n gwneud yr un swydd mewn sefydliadau gwahanol. Yr hyn y mae Intent yn cydymffurfio ag ef.",
    ),
  },
  {
    id: 'DirectoryStatement',
    type: 'Class',
    label: words('Directory statement', 'Datganiad cyfeiriadur'),
    comment: words(
      'What a directory holds at one moment, signed. While it is valid, copies of the listings that it covers may be shown.',
      "Yr hyn sydd mewn cyfeiriadur ar un adeg, wedi'i lofnodi. Tra bydd yn ddilys, caniateir dangos copïau o'r cofnodion y mae'n eu cwmpasu.",
    ),
  },
  {
    id: 'DirectoryBuckets',
    type: 'Class',
    label: words('Directory buckets', 'Bwcedi cyfeiriadur'),
    comment: words(
      'The hashes of the 256 parts of a directory, from which a node that holds copies finds those that differ.',
      "Stwnshys 256 rhan cyfeiriadur, y mae nod sy'n dal copïau yn canfod ohonynt y rhai sy'n wahanol.",
    ),
  },
  {
    id: 'DirectoryKeyChange',
    type: 'Class',
    label: words("Change of a directory's key", 'Newid allwedd cyfeiriadur'),
    comment: words(
      'That a directory signs with another key from now on, said and signed by the key that ends.',
      "Bod cyfeiriadur yn llofnodi ag allwedd arall o hyn ymlaen, wedi'i ddweud a'i lofnodi gan yr allwedd sy'n dod i ben.",
    ),
  },
  {
    id: 'directory-1',
    type: 'Protocol',
    label: words('Directory protocol, version 1', 'Protocol cyfeiriadur, fersiwn 1'),
    comment: words(
      'Said by an actor that lets approved nodes read its listings as the Sideways Directory Protocol describes.',
      "Dywedir hyn gan actor sy'n gadael i nodau cymeradwy ddarllen ei gofnodion fel y disgrifir ym Mhrotocol Cyfeiriadur Sideways.",
    ),
  },
  {
    id: 'peerChat',
    type: 'Property',
    label: words('open to a chat', 'agored i sgwrs'),
    comment: words(
      'The Proposal with which a person says that she is open to a chat, until its endTime. Absent when she is not.',
      "Y Proposal y mae person yn ei ddefnyddio i ddweud ei bod yn agored i sgwrs, hyd at ei endTime. Nid yw yno pan nad yw'n agored.",
    ),
  },
  {
    id: 'kinds',
    type: 'Property',
    label: words('kinds of conversation', 'mathau o sgwrs'),
    comment: words(
      'Concepts of the vocabulary of conversation kinds that a person accepts.',
      "Cysyniadau o'r eirfa mathau o sgwrs y mae person yn eu derbyn.",
    ),
  },
  {
    id: 'boundaries',
    type: 'Property',
    label: words('boundaries', 'ffiniau'),
    comment: words(
      'What a chat must not be, by the ids of the vocabulary of boundaries.',
      'Yr hyn na ddylai sgwrs fod, yn ôl dynodwyr yr eirfa ffiniau.',
    ),
  },
  ...chatTerms,
  {
    id: 'places',
    type: 'Property',
    label: words('places', 'lleoedd'),
    comment: words(
      'Whether somebody could still come to a time of office hours: open or full. How many places there are, nobody is told.',
      'A all rhywun ddod i amser o oriau swyddfa o hyd: ar agor (open) neu yn llawn (full). Ni ddywedir wrth neb faint o leoedd sydd.',
    ),
  },
  {
    id: 'shares',
    type: 'Property',
    label: words('shares', 'yn rhannu'),
    comment: words('Practices that a person can share.', 'Arferion y gall person eu rhannu.'),
  },
  {
    id: 'sharesInWords',
    type: 'Property',
    label: words('shares, in words', 'yn rhannu, mewn geiriau'),
    comment: words(
      'Practices to share for which the vocabulary has no concept.',
      "Arferion i'w rhannu nad oes gan yr eirfa gysyniad ar eu cyfer.",
    ),
  },
  {
    id: 'wantsToTry',
    type: 'Property',
    label: words('wants to try', 'am roi cynnig ar'),
    comment: words('Practices that a person wants to try.', 'Arferion y mae person am roi cynnig arnynt.'),
  },
  {
    id: 'wantsToTryInWords',
    type: 'Property',
    label: words('wants to try, in words', 'am roi cynnig ar, mewn geiriau'),
    comment: words(
      'Practices to try for which the vocabulary has no concept.',
      'Arferion i roi cynnig arnynt nad oes gan yr eirfa gysyniad ar eu cyfer.',
    ),
  },
  {
    id: 'onlyOne',
    type: 'Property',
    label: words('only one', 'yr unig un'),
    comment: words(
      'Where a person is the only one who does the job: none, team or organisation.',
      "Lle mae person yr unig un sy'n gwneud y swydd: none, team neu organisation.",
    ),
  },
  {
    id: 'languageTag',
    type: 'Property',
    label: words('language', 'iaith'),
    comment: words(
      'A language that a person talks, as a BCP 47 tag such as en or cy.',
      'Iaith y mae person yn ei siarad, fel tag BCP 47 megis en neu cy.',
    ),
  },
  {
    id: 'languageLevel',
    type: 'Property',
    label: words('level of a language', 'lefel iaith'),
    comment: words(
      'How well a person talks in a language: easy, fine or slow.',
      'Pa mor rhwydd y mae person yn siarad iaith: easy, fine neu slow.',
    ),
  },
  {
    id: 'links',
    type: 'Property',
    label: words('links', 'dolenni'),
    comment: words(
      'Pages elsewhere that a person chose to show in a listing.',
      'Tudalennau mewn mannau eraill y dewisodd person eu dangos mewn cofnod.',
    ),
  },
  {
    id: 'sector',
    type: 'Property',
    label: words('sector', 'sector'),
    comment: words(
      'The sector of an organisation, as a concept of the vocabulary of sectors.',
      "Sector sefydliad, fel cysyniad o'r eirfa sectorau.",
    ),
  },
  {
    id: 'organisation',
    type: 'Property',
    label: words('organisation', 'sefydliad'),
    comment: words(
      'The organisation that runs a node, or for which the people of a directory work.',
      "Y sefydliad sy'n rhedeg nod, neu y mae pobl cyfeiriadur yn gweithio iddo.",
    ),
  },
  {
    id: 'privacyPolicy',
    type: 'Property',
    label: words('privacy policy', 'polisi preifatrwydd'),
    comment: words(
      'Where a node says what it keeps, for how long, and who answers for it.',
      "Lle mae nod yn dweud beth y mae'n ei gadw, am ba hyd, a phwy sy'n gyfrifol amdano.",
    ),
  },
  {
    id: 'listings',
    type: 'Property',
    label: words('listings', 'cofnodion'),
    comment: words(
      'The collection of a directory’s listings and tombstones, readable by approved nodes.',
      'Casgliad o gofnodion a cherrig beddau cyfeiriadur, y gall nodau cymeradwy ei ddarllen.',
    ),
  },
  {
    id: 'keyChanges',
    type: 'Property',
    label: words('changes of the key', "newidiadau i'r allwedd"),
    comment: words(
      'Where the changes of the key of a directory are read.',
      'Ble darllenir newidiadau i allwedd cyfeiriadur.',
    ),
  },
  {
    id: 'number',
    type: 'Property',
    label: words('number of a key', 'rhif allwedd'),
    comment: words(
      'Which key of a directory this is: one more after each change.',
      'Pa allwedd cyfeiriadur yw hon: un yn fwy ar ôl pob newid.',
    ),
  },
  {
    id: 'formerKey',
    type: 'Property',
    label: words('former key', 'yr allwedd flaenorol'),
    comment: words(
      'The Ed25519 Multikey that a change of a key ends, and that signs it.',
      "Yr Ed25519 Multikey y mae newid allwedd yn dod ag ef i ben, ac sy'n ei lofnodi.",
    ),
  },
  {
    id: 'newKey',
    type: 'Property',
    label: words('new key', 'yr allwedd newydd'),
    comment: words(
      'The Ed25519 Multikey that a directory signs with after a change.',
      'Yr Ed25519 Multikey y mae cyfeiriadur yn llofnodi ag ef ar ôl newid.',
    ),
  },
  {
    id: 'changed',
    type: 'Property',
    label: words('changed', 'newidiwyd'),
    comment: words('When a directory changed its key.', 'Pryd y newidiodd cyfeiriadur ei allwedd.'),
  },
  {
    id: 'statement',
    type: 'Property',
    label: words('statement', 'datganiad'),
    comment: words(
      'Where the newest statement of a directory is read.',
      'Lle darllenir datganiad diweddaraf cyfeiriadur.',
    ),
  },
  {
    id: 'epoch',
    type: 'Property',
    label: words('epoch', 'cyfnod'),
    comment: words(
      'Names one unbroken run of sequence numbers. A new one means: read everything again.',
      'Yn enwi un gyfres ddi-dor o rifau dilyniant. Mae un newydd yn golygu: darllenwch bopeth eto.',
    ),
  },
  {
    id: 'seq',
    type: 'Property',
    label: words('sequence number', 'rhif dilyniant'),
    comment: words(
      'Grows with every change of a directory; of a listing: the number of its newest change.',
      'Yn tyfu gyda phob newid mewn cyfeiriadur; yn achos cofnod: rhif ei newid diweddaraf.',
    ),
  },
  {
    id: 'root',
    type: 'Property',
    label: words('root', 'gwraidd'),
    comment: words(
      'SHA-256 over the 256 bucket hashes of a directory: the same at both ends when both hold the same listings.',
      'SHA-256 dros 256 stwnsh bwced cyfeiriadur: yr un fath ar y ddau ben pan fydd gan y ddau yr un cofnodion.',
    ),
  },
  {
    id: 'buckets',
    type: 'Property',
    label: words('buckets', 'bwcedi'),
    comment: words('The 256 hashes from which the root is made.', 'Y 256 stwnsh y gwneir y gwraidd ohonynt.'),
  },
  {
    id: 'issued',
    type: 'Property',
    label: words('issued', 'cyhoeddwyd'),
    comment: words('When a statement was signed.', 'Pryd y llofnodwyd datganiad.'),
  },
  {
    id: 'validUntil',
    type: 'Property',
    label: words('valid until', 'yn ddilys tan'),
    comment: words(
      'Until when copies covered by a statement may be shown; at most seven days after it was issued.',
      'Tan pryd y caniateir dangos copïau a gwmpesir gan ddatganiad; saith diwrnod ar y mwyaf ar ôl ei gyhoeddi.',
    ),
  },
]

export type TermLine = { readonly id: string; readonly iri: string; readonly label: string; readonly comment: string }

/** The terms in one language, for the page. */
export function termLines(language: Language): readonly TermLine[] {
  return terms.map(({ id, label, comment }) => ({
    id,
    iri: termsBase + id,
    label: label[language],
    comment: comment[language],
  }))
}

/** The terms as JSON-LD (RDFS). */
export function termsDocument(): Readonly<Record<string, unknown>> {
  return {
    '@context': {
      rdfs: 'http://www.w3.org/2000/01/rdf-schema#',
      rdf: 'http://www.w3.org/1999/02/22-rdf-syntax-ns#',
      dcterms: 'http://purl.org/dc/terms/',
      swd: termsBase,
      label: { '@id': 'rdfs:label', '@container': '@language' },
      comment: { '@id': 'rdfs:comment', '@container': '@language' },
      isDefinedBy: { '@id': 'rdfs:isDefinedBy', '@type': '@id' },
      license: { '@id': 'dcterms:license', '@type': '@id' },
    },
    '@id': termsBase,
    label: { en: 'Sideways vocabulary', cy: 'Geirfa Sideways' },
    license: 'https://creativecommons.org/publicdomain/zero/1.0/',
    '@graph': terms.map(({ id, type, label, comment }) => ({
      '@id': `swd:${id}`,
      '@type': { Class: 'rdfs:Class', Property: 'rdf:Property', Protocol: 'rdfs:Resource' }[type],
      label,
      comment,
      isDefinedBy: termsBase,
    })),
  }
}
