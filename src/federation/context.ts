/** The ActivityStreams context, which every server knows by its name. */
export const activityStreams = 'https://www.w3.org/ns/activitystreams'
/** Everybody, written in full: older servers miss the short forms. */
export const publicAudience = `${activityStreams}#Public`
/** How all our documents are labelled (ActivityPub 3.2). */
export const activityJson = 'application/activity+json'
export const linkedDataJson = `application/ld+json; profile="${activityStreams}"`

const iri = (id: string) => ({ '@id': id, '@type': '@id' }) as const

/** Our own and borrowed terms, inline in every document so that nobody has to fetch a context. */
export const terms = {
  toot: 'http://joinmastodon.org/ns#',
  schema: 'http://schema.org#',
  gts: 'https://gotosocial.org/ns#',
  fc: 'https://w3id.org/fep/7aa9#',
  sdo: 'https://schema.org/',
  vf: 'https://w3id.org/valueflows/ont/vf#',
  om2: 'http://www.ontology-of-units-of-measure.org/resource/om-2/',
  swd: 'https://w3id.org/sideways/ns#',
  manuallyApprovesFollowers: 'as:manuallyApprovesFollowers',
  sensitive: 'as:sensitive',
  Hashtag: 'as:Hashtag',
  alsoKnownAs: iri('as:alsoKnownAs'),
  discoverable: 'toot:discoverable',
  indexable: 'toot:indexable',
  featured: iri('toot:featured'),
  featuredTags: iri('toot:featuredTags'),
  PropertyValue: 'schema:PropertyValue',
  value: 'schema:value',
  webfinger: 'https://purl.archive.org/socialweb/webfinger#webfinger',
  implements: { '@id': 'https://w3id.org/fep/844e/implements', '@type': '@id', '@container': '@list' },
  searchableBy: iri('http://fedibird.com/ns#searchableBy'),
  interactionPolicy: iri('gts:interactionPolicy'),
  automaticApproval: iri('gts:automaticApproval'),
  canFeature: iri('fc:canFeature'),
  FeaturedItem: 'fc:FeaturedItem',
  featuredObject: iri('fc:featuredObject'),
  Occupation: 'sdo:Occupation',
  hasOccupation: iri('sdo:hasOccupation'),
  occupationalCategory: iri('sdo:occupationalCategory'),
  worksFor: iri('sdo:worksFor'),
  addressCountry: 'sdo:addressCountry',
  knowsLanguage: 'sdo:knowsLanguage',
  knowsAbout: iri('sdo:knowsAbout'),
  Proposal: 'vf:Proposal',
  Intent: 'vf:Intent',
  action: 'vf:action',
  purpose: 'vf:purpose',
  publishes: iri('vf:publishes'),
  resourceConformsTo: iri('vf:resourceConformsTo'),
  resourceQuantity: iri('vf:resourceQuantity'),
  hasUnit: 'om2:hasUnit',
  hasNumericalValue: 'om2:hasNumericalValue',
  assertionMethod: { '@id': 'https://w3id.org/security#assertionMethod', '@type': '@id', '@container': '@set' },
  PeerChat: 'swd:PeerChat',
  peerChat: iri('swd:peerChat'),
  listings: iri('swd:listings'),
  statement: iri('swd:statement'),
  organisation: iri('swd:organisation'),
  keyChanges: iri('swd:keyChanges'),
  movedTo: iri('as:movedTo'),
  sector: iri('swd:sector'),
  privacyPolicy: iri('swd:privacyPolicy'),
  kinds: iri('swd:kinds'),
  boundaries: 'swd:boundaries',
} as const

/** The words of proofs (FEP-8b32), inline as everything else. */
export const proofTerms = {
  sec: 'https://w3id.org/security#',
  DataIntegrityProof: 'sec:DataIntegrityProof',
  proof: { '@id': 'sec:proof', '@type': '@id', '@container': '@graph' },
  cryptosuite: 'sec:cryptosuite',
  created: { '@id': 'http://purl.org/dc/terms/created', '@type': 'http://www.w3.org/2001/XMLSchema#dateTime' },
  verificationMethod: { '@id': 'sec:verificationMethod', '@type': '@id' },
  proofPurpose: { '@id': 'sec:proofPurpose', '@type': '@vocab' },
  assertionMethod: { '@id': 'sec:assertionMethod', '@type': '@id', '@container': '@set' },
  proofValue: { '@id': 'sec:proofValue', '@type': 'sec:multibase' },
} as const

/** The context of an actor with keys. */
export const actorContext = [
  activityStreams,
  'https://w3id.org/security/v1',
  'https://w3id.org/security/multikey/v1',
  terms,
] as const

/** The context of the directory, whose document carries a proof. */
export const directoryContext = [
  activityStreams,
  'https://w3id.org/security/v1',
  'https://w3id.org/security/multikey/v1',
  { ...terms, ...proofTerms },
] as const

/** The context of everything else of ours. */
export const documentContext = [activityStreams, terms] as const
