/**
 * A listing as the directory takes it: the shape of schemas/listing.json, from here or from elsewhere. A stranger's must
 * have been read by partners/copy.ts first. Only a listing of this node may carry `jobTitle`, `place`, `icon` and `verifiedLinks`:
 * they never travel.
 */
export type ListingDocument = {
  readonly id: string
  readonly type: 'FeaturedItem'
  readonly attributedTo: string
  readonly featuredObject: string
  readonly seq?: number
  readonly published: string
  readonly updated: string
  readonly endTime: string
  readonly to: readonly string[]
  readonly name: string
  readonly webfinger?: string
  readonly url?: string
  readonly summary?: string
  readonly hasOccupation: readonly {
    readonly type: 'Occupation'
    readonly name: string
    readonly occupationalCategory?: string
  }[]
  readonly onlyOne?: 'none' | 'team' | 'organisation'
  readonly worksFor: {
    readonly type: 'Organization'
    readonly name: string
    readonly url?: string
    readonly sector?: string
    readonly addressCountry?: string
  }
  readonly knowsLanguage?: readonly { readonly tag: string; readonly level: 'easy' | 'fine' | 'slow' }[]
  readonly shares?: readonly string[]
  readonly sharesInWords?: readonly string[]
  readonly wantsToTry?: readonly string[]
  readonly wantsToTryInWords?: readonly string[]
  readonly links?: readonly string[]
  readonly peerChat?: FlagDocument
  readonly jobTitle?: string
  readonly place?: string
  readonly icon?: PictureDocument
  /** Those of `links` that link back, as everyone may know. */
  readonly verifiedLinks?: readonly string[]
}

/** A picture on this node, with what it shows in `name`. */
export type PictureDocument = {
  readonly type: 'Image'
  readonly mediaType: string
  readonly url: string
  readonly name: string
}

/** The flag: open to a chat until `endTime` (FEP-0837). The directory reads its times, kinds and boundaries. */
export type FlagDocument = {
  readonly id: string
  readonly type: 'Proposal'
  readonly purpose: 'offer'
  readonly attributedTo: string
  readonly published: string
  readonly endTime: string
  readonly kinds: readonly string[]
  readonly boundaries?: readonly string[]
  readonly publishes: {
    readonly id: string
    readonly type: 'Intent'
    readonly action: 'deliverService'
    readonly resourceConformsTo: string
    readonly resourceQuantity?: { readonly hasUnit: string; readonly hasNumericalValue: string }
  }
}
