import type { Needs } from '../app.ts'
import { InvalidInput } from '../common/errors.ts'
import { withChoices } from './audience.ts'
import { withPart } from './checking.ts'
import { pictureName } from './picture.ts'
import { encodedPicture } from './picture-encoding.ts'
import { erasePicture, keepPicture } from './picture-store.ts'
import { defaultLevel, type Level } from './profile.ts'
import { changeProfile, type Said } from './steps.ts'

export type PictureChoice = {
  /** The uploaded file; without one the picture stays and only what is said of it changes. */
  readonly file: Buffer | undefined
  /** What the picture shows. */
  readonly alt: string
  readonly level: Level | undefined
}

/** Makes the file into a picture, keeps it with what it shows and who may see it, and a receipt where that is everyone. InvalidInput for every fault. */
export async function savePicture(needs: Needs, accountId: string, choice: PictureChoice, said: Said): Promise<void> {
  const bytes = choice.file && (await encodedPicture(choice.file))
  const name = pictureName(needs.newId())
  await needs.db.transaction((tx) =>
    changeProfile(tx, needs, accountId, said, async ({ fields, audience }) => {
      const kept = bytes === undefined ? fields.picture?.name : name
      const problems = [
        ...(kept === undefined ? [{ field: 'picture', rule: 'required' }] : []),
        ...(choice.alt === '' ? [{ field: 'alt', rule: 'required' }] : []),
        ...(choice.alt.length > 200 ? [{ field: 'alt', rule: 'maxLength', detail: { limit: 200 } }] : []),
        ...(choice.level === undefined ? [{ field: 'level', rule: 'choose' }] : []),
      ]
      if (problems.length > 0 || kept === undefined) throw new InvalidInput(problems)
      const changed = {
        fields: withPart(fields, { picture: { name: kept, alt: choice.alt } }),
        audience: withChoices(audience, { levels: { picture: choice.level }, onlyOneInPublic: false }),
      }
      if (bytes) await keepPicture(tx, { accountId, name, bytes, keptAt: needs.now() })
      return changed
    }),
  )
}

/** Erases the picture, and who could see it: the next one is asked about anew. Does nothing where there is none. */
export async function removePicture(needs: Needs, accountId: string, said: Said): Promise<void> {
  await needs.db.transaction((tx) =>
    changeProfile(tx, needs, accountId, said, async ({ fields, audience }) => {
      await erasePicture(tx, accountId)
      const choice = { levels: { picture: defaultLevel('picture') }, onlyOneInPublic: false }
      return { fields: withPart(fields, { picture: undefined }), audience: withChoices(audience, choice) }
    }),
  )
}
