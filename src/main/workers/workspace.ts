/** The workspace process: the one writing connection, the verbs over it, and the job table. */
import { AppError } from '#shared/errors.ts'
import { spellingSchema } from '#shared/domain.ts'
import { packIds } from '#shared/packing.ts'
import { openWorkspace } from '#engine/jobs/open-workspace.ts'
import { keepHeapSmall } from '#engine/jobs/small-heap.ts'
import { copyTemplate } from '#engine/workspace/sample.ts'
import type { WorkspaceService } from '#engine/workspace/service.ts'
import {
  claimRequestSchema,
  commitRequestSchema,
  imageRequestSchema,
  jobRequestSchema,
  noInputSchema,
  openRequestSchema,
  personSchema,
  replacedPhotosSchema,
  rootsSchema,
  updateRequestSchema,
  verbRequestSchema,
  type Person,
} from '../workspace/workspace-protocol.ts'
import { handler, serve } from './serve.ts'

let opened: WorkspaceService | undefined
let person: Person = { author: '', spelling: spellingSchema.parse({}) }

function service(): WorkspaceService {
  if (opened === undefined) throw new AppError('unavailable', 'No workspace is open.')
  return opened
}

keepHeapSmall()

const tell = serve(
  'workspace',
  {
    open: handler(openRequestSchema, async ({ folder, create, template, modelRoots, installation, person: given }) => {
      if (template !== null) await copyTemplate(template, folder)
      person = given
      opened = await openWorkspace({
        folder,
        modelRoots,
        installation,
        ...(create === null ? {} : { create }),
        author: () => person.author,
        spelling: () => person.spelling,
        onEvent: (event) => tell(event),
      })
      return opened.info()
    }),
    verb: handler(verbRequestSchema, async ({ name, input }) => packIds(await service().handle(name, input))),
    'set-person': handler(personSchema, (changed) => {
      person = changed
      return null
    }),
    info: handler(noInputSchema, () => service().info()),
    'require-kept': handler(noInputSchema, () => {
      service().requireKept()
      return null
    }),
    'image-place': handler(imageRequestSchema, ({ imageId }) => service().imagePlace(imageId)),
    'photos-replaced': handler(replacedPhotosSchema, (photos) => {
      service().photosReplaced(photos)
      return null
    }),
    'foreign-roots': handler(noInputSchema, () => service().foreignRoots()),
    'allow-roots': handler(rootsSchema, (roots) => {
      service().allowRoots(roots)
      return null
    }),
    'job-claim': handler(claimRequestSchema, ({ kinds }) => service().jobs.claimNext(kinds)),
    'job-waiting': handler(claimRequestSchema, ({ kinds }) => service().jobs.waiting(kinds)),
    'job-get': handler(jobRequestSchema, ({ jobId }) => service().jobs.get(jobId)),
    'job-approve': handler(jobRequestSchema, ({ jobId }) => {
      service().jobs.approve(jobId)
      return null
    }),
    'job-update': handler(updateRequestSchema, ({ jobId, change }) => service().jobs.update(jobId, change)),
    'job-requeue': handler(noInputSchema, () => {
      service().jobs.requeueInterrupted()
      return null
    }),
    'job-commit': handler(commitRequestSchema, async ({ jobId, batch }) => {
      await service().applyBatch(jobId, batch)
      return null
    }),
  },
  () => opened?.close(),
)
