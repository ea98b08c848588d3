import fc from 'fast-check'
import type { Case } from './cases-signatures.ts'
import type { Scene } from './scene.ts'
import { anActivity, personIri, post } from './signing.ts'

type Changes = Readonly<Record<string, unknown>>
type Deed = readonly [string, (scene: Scene) => Changes]

const pub = 'https://www.w3.org/ns/activitystreams#Public'

/** Signed as they should be by who they say they are from, and not theirs to do: taken, and nothing comes of them. */
const deeds: readonly Deed[] = [
  ['Update of another actor', ({ victim }) => ({ type: 'Update', object: { ...victim.document, name: 'Evil' } })],
  ['Update of another actor, by its id', ({ victim }) => ({ type: 'Update', object: victim.actor })],
  [
    'Update of somebody here',
    (scene) => ({ type: 'Update', object: { id: personIri(scene, scene.asha), type: 'Person', name: 'Evil' } }),
  ],
  [
    'Update of the node here',
    ({ node }) => ({ type: 'Update', object: { id: `${node.url}/actor`, type: 'Application' } }),
  ],
  [
    'Update of the directory here',
    ({ node }) => ({ type: 'Update', object: { id: `${node.url}/ap/directory`, type: 'Service', seq: 9_999_999 } }),
  ],
  [
    'Update of a listing here',
    ({ node }) => ({ type: 'Update', object: { id: `${node.url}/ap/directory/listings`, seq: 1, epoch: 'x' } }),
  ],
  ['Update of nothing', () => ({ type: 'Update', object: undefined })],
  [
    'Update of a hundred things',
    () => ({ type: 'Update', object: Array.from({ length: 100 }, (_, index) => `https://x${index}.example/`) }),
  ],
  ['Delete of another actor', ({ victim }) => ({ type: 'Delete', object: victim.actor })],
  [
    'Delete of another actor, as a Tombstone',
    ({ victim }) => ({ type: 'Delete', object: { id: victim.actor, type: 'Tombstone' } }),
  ],
  ['Delete of somebody here', (scene) => ({ type: 'Delete', object: personIri(scene, scene.asha) })],
  ['Delete of the node here', ({ node }) => ({ type: 'Delete', object: `${node.url}/actor` })],
  ['Delete of a Note of another', ({ victim }) => ({ type: 'Delete', object: `${victim.actor}/notes/1` })],
  ['Delete of nothing', () => ({ type: 'Delete', object: null })],
  [
    'Undo of the Follow of another, embedded',
    (scene) => ({
      type: 'Undo',
      object: {
        id: `${scene.victim.actor}#follow`,
        type: 'Follow',
        actor: scene.victim.actor,
        object: personIri(scene, scene.asha),
      },
    }),
  ],
  ['Undo of the Follow of another, by its id', ({ victim }) => ({ type: 'Undo', object: `${victim.actor}#follow` })],
  [
    'Undo of the Follow of another, under an id of ours',
    (scene) => ({
      type: 'Undo',
      object: {
        id: `${scene.mallory.actor}#x`,
        type: 'Follow',
        actor: scene.victim.actor,
        object: personIri(scene, scene.asha),
      },
    }),
  ],
  [
    'Undo of an Undo',
    (scene) => ({
      type: 'Undo',
      object: {
        type: 'Undo',
        object: { type: 'Follow', actor: scene.victim.actor, object: personIri(scene, scene.asha) },
      },
    }),
  ],
  [
    'Undo of a Block that never was',
    (scene) => ({
      type: 'Undo',
      object: {
        id: `${scene.mallory.actor}#b`,
        type: 'Block',
        actor: scene.mallory.actor,
        object: personIri(scene, scene.asha),
      },
    }),
  ],
  ['Undo of nothing', () => ({ type: 'Undo', object: undefined })],
  ['Move of another', ({ victim, mallory }) => ({ type: 'Move', object: victim.actor, target: mallory.actor })],
  [
    'Move of somebody here',
    (scene) => ({ type: 'Move', object: personIri(scene, scene.asha), target: scene.mallory.actor }),
  ],
  [
    'Move of itself to somebody here, who knows nothing of it',
    (scene) => ({ type: 'Move', object: scene.mallory.actor, target: personIri(scene, scene.asha) }),
  ],
  [
    'Move of itself to another, who knows nothing of it',
    ({ mallory, victim }) => ({ type: 'Move', object: mallory.actor, target: victim.actor }),
  ],
  [
    'Move of itself to a private address',
    ({ mallory }) => ({ type: 'Move', object: mallory.actor, target: 'https://127.0.0.1/users/x' }),
  ],
  [
    'Move of itself to a name that leads inside',
    ({ mallory }) => ({ type: 'Move', object: mallory.actor, target: 'https://inside.example/users/x' }),
  ],
  ['Move of itself to itself', ({ mallory }) => ({ type: 'Move', object: mallory.actor, target: mallory.actor })],
  ['Accept of what nobody asked', ({ node }) => ({ type: 'Accept', object: `${node.url}/ap/directory/activities/x` })],
  [
    'Accept of a Follow of ours that never was',
    ({ node, mallory }) => ({
      type: 'Accept',
      object: {
        id: `${node.url}/ap/directory#f`,
        type: 'Follow',
        actor: `${node.url}/ap/directory`,
        object: mallory.actor,
      },
    }),
  ],
  ['Reject of what nobody asked', ({ node }) => ({ type: 'Reject', object: `${node.url}/ap/directory/activities/x` })],
  ['Follow of somebody in partner scope', (scene) => ({ object: personIri(scene, scene.ben) })],
  ['Follow of somebody on this node only', (scene) => ({ object: personIri(scene, scene.cleo) })],
  ['Follow of somebody who never was', (scene) => ({ object: personIri(scene, 'zzzzzzzzzzzz') })],
  ['Follow of the node', ({ node }) => ({ object: `${node.url}/actor` })],
  ['Follow of an inbox', ({ node }) => ({ object: `${node.url}/ap/inbox` })],
  ['Follow of a path that leads up', ({ node }) => ({ object: `${node.url}/ap/people/../people/x` })],
  ['Follow of __proto__', (scene) => ({ object: personIri(scene, '__proto__') })],
  ['Follow of a zero', (scene) => ({ object: personIri(scene, 'a\u0000b') })],
  ['Follow of half a character', (scene) => ({ object: personIri(scene, '\uD800') })],
  ['Follow of another server', ({ victim }) => ({ object: victim.actor })],
  ['Follow of a private address', () => ({ object: 'https://127.0.0.1/' })],
  ['Follow of two at once', (scene) => ({ object: [personIri(scene, scene.asha), personIri(scene, scene.ben)] })],
  ['Follow of nothing', () => ({ object: undefined })],
  [
    'Follow of somebody whose name is asked as SQL',
    (scene) => ({ object: personIri(scene, "x'; drop table person; --") }),
  ],
  ['Block of somebody who never was', (scene) => ({ type: 'Block', object: personIri(scene, 'zzzzzzzzzzzz') })],
  ['Block of another server', ({ victim }) => ({ type: 'Block', object: victim.actor })],
  [
    'Create of a Note of another',
    (scene) => ({
      type: 'Create',
      to: [personIri(scene, scene.asha)],
      object: {
        id: `${scene.victim.actor}/notes/1`,
        type: 'Note',
        attributedTo: scene.victim.actor,
        to: [personIri(scene, scene.asha)],
        content: '<p>Give me your number</p>',
        tag: [{ type: 'Mention', href: personIri(scene, scene.asha) }],
      },
    }),
  ],
  [
    'Create of an own Note that says it is of another',
    (scene) => ({
      type: 'Create',
      to: [personIri(scene, scene.asha)],
      object: {
        id: `${scene.mallory.actor}/notes/1`,
        type: 'Note',
        attributedTo: scene.victim.actor,
        to: [personIri(scene, scene.asha)],
        content: 'x',
      },
    }),
  ],
  [
    'Create of a Note without an author',
    (scene) => ({
      type: 'Create',
      to: [personIri(scene, scene.asha)],
      object: { id: `${scene.victim.actor}/notes/2`, type: 'Note', to: [personIri(scene, scene.asha)], content: 'x' },
    }),
  ],
  [
    'Create of a Note that is only an id',
    (scene) => ({ type: 'Create', to: [personIri(scene, scene.asha)], object: 'https://127.0.0.1/notes/1' }),
  ],
  [
    'Create of a public Note',
    (scene) => ({
      type: 'Create',
      to: [pub],
      object: {
        id: `${scene.mallory.actor}/notes/3`,
        type: 'Note',
        attributedTo: scene.mallory.actor,
        to: [pub],
        content: 'x',
      },
    }),
  ],
  [
    'Create of a public Note that mentions somebody',
    (scene) => ({
      type: 'Create',
      to: [pub],
      cc: [personIri(scene, scene.asha)],
      object: {
        id: `${scene.mallory.actor}/notes/4`,
        type: 'Note',
        attributedTo: scene.mallory.actor,
        to: [pub],
        cc: [personIri(scene, scene.asha)],
        content: 'Buy!',
      },
    }),
  ],
  [
    'Create of a Note to somebody in partner scope',
    (scene) => ({
      type: 'Create',
      to: [personIri(scene, scene.ben)],
      object: {
        id: `${scene.mallory.actor}/notes/5`,
        type: 'Note',
        attributedTo: scene.mallory.actor,
        to: [personIri(scene, scene.ben)],
        content: 'x',
      },
    }),
  ],
  [
    'Create of something that is no Note',
    (scene) => ({
      type: 'Create',
      to: [personIri(scene, scene.asha)],
      object: {
        id: `${scene.mallory.actor}/x`,
        type: 'Video',
        attributedTo: scene.mallory.actor,
        to: [personIri(scene, scene.asha)],
        url: 'https://127.0.0.1/v.mp4',
      },
    }),
  ],
  [
    'Create of a Note whose type is a list',
    (scene) => ({
      type: 'Create',
      to: [personIri(scene, scene.asha)],
      object: {
        id: `${scene.mallory.actor}/y`,
        type: [['Note']],
        attributedTo: scene.mallory.actor,
        to: [personIri(scene, scene.asha)],
        content: 'x',
      },
    }),
  ],
  ['Create of nothing', (scene) => ({ type: 'Create', to: [personIri(scene, scene.asha)], object: undefined })],
  [
    'Create of a Person',
    (scene) => ({ type: 'Create', to: [personIri(scene, scene.asha)], object: scene.victim.document }),
  ],
  [
    'Update of a Note of another',
    ({ victim }) => ({
      type: 'Update',
      object: { id: `${victim.actor}/notes/1`, type: 'Note', attributedTo: victim.actor, content: 'x' },
    }),
  ],
  [
    'Announce with an embedded Note of another',
    (scene) => ({
      type: 'Announce',
      to: [pub],
      object: {
        id: `${scene.victim.actor}/notes/1`,
        type: 'Note',
        attributedTo: scene.victim.actor,
        content: 'forged',
      },
    }),
  ],
  [
    'Announce of a private address',
    (scene) => ({
      type: 'Announce',
      to: [pub, personIri(scene, scene.asha)],
      object: 'https://169.254.169.254/latest/',
    }),
  ],
  ['Like of somebody', (scene) => ({ type: 'Like', object: personIri(scene, scene.asha) })],
  [
    'Add to the collection of somebody here',
    (scene) => ({ type: 'Add', object: scene.mallory.actor, target: `${personIri(scene, scene.asha)}/featured` }),
  ],
  [
    'Add to the directory here',
    ({ node, mallory }) => ({ type: 'Add', object: mallory.actor, target: `${node.url}/ap/directory/listings` }),
  ],
  [
    'Remove from the directory here',
    (scene) => ({
      type: 'Remove',
      object: personIri(scene, scene.asha),
      target: `${scene.node.url}/ap/directory/listings`,
    }),
  ],
  ['Flag of nobody here', ({ victim }) => ({ type: 'Flag', object: [victim.actor], content: 'x' })],
  ['Flag of nothing', () => ({ type: 'Flag', object: [] })],
  ['Offer', (scene) => ({ type: 'Offer', object: { type: 'Agreement' }, to: [personIri(scene, scene.asha)] })],
  ['Invite', (scene) => ({ type: 'Invite', object: { type: 'Event' }, to: [personIri(scene, scene.asha)] })],
  ['a type that is not known', () => ({ type: 'Conquer' })],
  ['a type by its whole address', () => ({ type: 'https://www.w3.org/ns/activitystreams#Follow' })],
  ['a type with a prefix', () => ({ type: 'as:Follow' })],
  ['a type in small letters', () => ({ type: 'follow' })],
  ['a type with a space', () => ({ type: ' Follow' })],
  ['the type __proto__', () => ({ type: '__proto__' })],
  ['the type constructor', () => ({ type: 'constructor' })],
  ['the type toString', () => ({ type: 'toString' })],
  ['the type hasOwnProperty', () => ({ type: 'hasOwnProperty' })],
  ['a type of 100,000 letters', () => ({ type: 'x'.repeat(100_000) })],
]

/** What is added to a Like, which is never kept: nothing of it is looked into, fetched or kept. */
const extras: readonly (readonly [string, Changes])[] = [
  [
    'contexts of private addresses',
    {
      '@context': [
        'https://www.w3.org/ns/activitystreams',
        'https://127.0.0.1/c',
        'https://[::1]/c',
        'https://169.254.169.254/c',
        'https://inside.example/c',
      ],
    },
  ],
  [
    'a context that never ends',
    { '@context': ['https://www.w3.org/ns/activitystreams', 'https://endless.example/context'] },
  ],
  [
    'a context that gives our words another meaning',
    {
      '@context': [
        'https://www.w3.org/ns/activitystreams',
        { actor: 'https://example.org/x', object: { '@id': 'as:actor' }, type: '@id', id: '@type' },
      ],
    },
  ],
  [
    'a context with a vocabulary of its own',
    {
      '@context': [
        'https://www.w3.org/ns/activitystreams',
        { '@vocab': 'https://127.0.0.1/', '@base': 'https://victim.example/' },
      ],
    },
  ],
  [
    'a context that imports another',
    { '@context': ['https://www.w3.org/ns/activitystreams', { '@version': 1.1, '@import': 'https://127.0.0.1/c' }] },
  ],
  ['a context in a circle', { '@context': ['https://www.w3.org/ns/activitystreams', { a: 'b', b: 'a' }] }],
  ['a graph', { '@graph': [{ '@id': 'https://victim.example/x', type: 'Delete' }] }],
  [
    'a signature of linked data',
    {
      signature: {
        type: 'RsaSignature2017',
        creator: 'https://victim.example/users/victoria#main-key',
        created: '2026-11-22T00:00:00Z',
        signatureValue: 'AAAA',
      },
    },
  ],
  [
    'a signature of linked data from a private address',
    { signature: { type: 'RsaSignature2017', creator: 'https://127.0.0.1/key', signatureValue: 'AAAA' } },
  ],
  [
    'a proof',
    {
      proof: {
        type: 'DataIntegrityProof',
        cryptosuite: 'eddsa-jcs-2022',
        verificationMethod: 'https://victim.example/users/victoria#key',
        proofPurpose: 'assertionMethod',
        proofValue: 'zAAAA',
      },
    },
  ],
  [
    'a proof from a private address',
    {
      proof: {
        type: 'DataIntegrityProof',
        cryptosuite: 'eddsa-jcs-2022',
        verificationMethod: 'https://[::1]/key',
        proofValue: 'zAAAA',
      },
    },
  ],
  ['5,000 addressees', { to: Array.from({ length: 5_000 }, (_, index) => `https://s${index}.example/u`) }],
  [
    '5,000 tags',
    { tag: Array.from({ length: 3_000 }, (_, index) => ({ type: 'Mention', href: `https://s${index}.example/u` })) },
  ],
  [
    '1,000 pictures of private addresses',
    {
      attachment: Array.from({ length: 1_000 }, (_, index) => ({
        type: 'Image',
        url: `https://10.0.${index % 256}.1/x.png`,
      })),
    },
  ],
  ['a number of 10,000 digits', { published: Number.MAX_VALUE, x: '9'.repeat(10_000) }],
  ['a time that is none', { published: '+275760-09-13T00:00:00.001Z', updated: 'NaN', endTime: {} }],
  [
    '__proto__ as a name',
    JSON.parse('{"__proto__":{"isAdmin":true},"constructor":{"prototype":{"isAdmin":true}}}') as Changes,
  ],
  ['zeros and halves of characters', { content: '\u0000\uD800\uDFFF\uFFFE', summary: '\uDC00', name: '\u0000' }],
  ['a text that takes long to match', { content: `${'a'.repeat(50_000)}!`, summary: '<'.repeat(50_000) }],
]

/** All of it as cases: 202, and no row more anywhere. */
export function deedCases(seed: number): readonly Case[] {
  const taken = (name: string, changes: (scene: Scene) => Changes): Case => ({
    name,
    status: 202,
    send: (scene) => post(scene, { body: anActivity(scene, changes(scene)) }),
  })
  const types = fc.sample(fc.string({ minLength: 1, maxLength: 20 }), { seed, numRuns: 15 })
  const objects = fc.sample(fc.jsonValue({ maxDepth: 4 }), { seed, numRuns: 15 })
  return [
    ...deeds.map(([name, changes]) => taken(`deed: ${name}`, changes)),
    ...extras.map(([name, changes]) => taken(`with ${name}`, () => ({ type: 'Like', ...changes }))),
    ...types.map((type, index) => taken(`deed: any type ${index + 1}`, () => ({ type: `${type}x` }))),
    ...objects.flatMap((object, index) =>
      ['Update', 'Delete', 'Undo', 'Accept', 'Block', 'Create'].map((type) =>
        taken(`deed: ${type} of anything ${index + 1}`, () => ({ type, object, to: object })),
      ),
    ),
  ]
}
