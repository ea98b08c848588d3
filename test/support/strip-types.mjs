// Jest transformer: what Node does with our TypeScript, and nothing else. Positions stay where they are.
import { stripTypeScriptTypes } from 'node:module'

export default {
  process(source) {
    return { code: stripTypeScriptTypes(source, { mode: 'strip' }) }
  },
  canInstrument: false,
}
