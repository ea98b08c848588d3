import type { Limit, Step } from './story.ts'
export const leaving: readonly (Step | Limit)[] = []
