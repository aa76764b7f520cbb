/** The answers to the verbs of cases, and of the lineage that they are part of. */
import type { Answers } from '#shared/api.ts'
import type { ChangedThing } from '../events.ts'
import type { ReviewContext } from '../review/review-context.ts'
import { lineageOf } from '../lineage/lineage.ts'
import { inSlices } from '../slices.ts'
import type { Database } from '../storage/database.ts'
import { pageSteps } from './case-page.ts'
import { keepVerdict, listCases, noteCase, openSteps, removeCase, requireCase } from './cases.ts'
import { judgeSteps } from './judge-case.ts'

type CaseVerb = Extract<keyof Answers<'workspace'>, `cases.${string}` | 'lineage.of'>

/** One function for each verb; `changed` tells the window of cases, and of what else changed with them. */
export function caseAnswers(database: Database, review: () => ReviewContext, changed: (...what: ChangedThing[]) => void): Pick<Answers<'workspace'>, CaseVerb> {
  const told = <Result>(result: Result, ...what: ChangedThing[]): Result => {
    changed(...what)
    return result
  }
  return {
    'cases.list': () => listCases(database),
    'cases.open': async (wanted) => told(await inSlices(openSteps(review(), wanted)), 'lists'),
    'cases.look': ({ caseId }) => inSlices(pageSteps(database, caseId)),
    'cases.note': ({ caseId, note }) => told(noteCase(database, caseId, note)),
    'cases.judge': ({ caseId, modelId }) => inSlices(judgeSteps(database, requireCase(database, caseId), modelId)),
    'cases.close': async ({ caseId, modelId }) => {
      const { author, time } = review()
      const verdict = await inSlices(judgeSteps(database, requireCase(database, caseId), modelId))
      return told(keepVerdict(database, caseId, { ...verdict, author, keptAt: time }))
    },
    'lineage.of': (ref) => lineageOf(database, ref),
    'cases.reopen': ({ caseId }) => told(keepVerdict(database, caseId, null)),
    'cases.remove': ({ caseId }) => {
      removeCase(database, caseId)
      return told(null)
    },
  }
}
