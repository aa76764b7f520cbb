import { lineageRefSchema, type Lineage } from '../lineage/lineage.ts'
import { verb } from './verb.ts'

export const lineageVerbs = {
  lineage: {
    /** One node with its neighbours. Refused as `not-found` where it is gone. */
    of: verb<Lineage>()('workspace', lineageRefSchema),
  },
} as const
