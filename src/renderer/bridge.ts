/** The one way from the window to the rest of the app: a typed call that gives the value or throws the AppError that came back. */
import { shallowReactive } from 'vue'
import type { ApiEvents, CapstanBridge, EventName, VerbInput, VerbName, VerbResult } from '#shared/api.ts'
import type { OpenedWorkspace } from '#shared/domain.ts'
import { AppError, fromReport, toReport } from '#shared/errors.ts'
import { unpackIds } from '#shared/packing.ts'

declare global {
  // The preload puts it there before the page's scripts run.
  var capstan: CapstanBridge | undefined
}

function theBridge(): CapstanBridge {
  const bridge = globalThis.capstan
  if (bridge === undefined)
    throw new AppError('unavailable', 'This page is not connected to Capstan.', { todo: 'Start Capstan with npm start instead of a browser.' })
  return bridge
}

/** Calls a verb. Throws the AppError that the other side reported, or `crashed` when no answer came back. */
export async function call<Name extends VerbName>(
  name: Name,
  ...input: undefined extends VerbInput<Name> ? [VerbInput<Name>?] : [VerbInput<Name>]
): Promise<VerbResult<Name>> {
  const sent = input.map(plainCopy) as typeof input
  const reply = await theBridge()
    .call(name, ...sent)
    .catch((error: unknown) => {
      throw new AppError('crashed', `No answer came back to “${name}”: ${toReport(error).happened}`, {
        kept: 'Everything that was shown as saved is kept.',
        todo: 'Try again; if it fails again, restart Capstan.',
        cause: error,
      })
    })
  if (reply.ok) return unpackIds(reply.value) as VerbResult<Name>
  throw fromReport(reply.error)
}

/** A copy without Vue's proxies, which cannot cross to another process. Inputs are plain data: arrays, records, strings, numbers. */
function plainCopy(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(plainCopy)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([key, part]) => [key, plainCopy(part)]))
}

type Listeners = { [Name in EventName]?: Set<(payload: ApiEvents[Name]) => void> }
const listenersOf = new WeakMap<CapstanBridge, Listeners>()

/** Listens to an event; the result ends the listening. Each event crosses the bridge once, however many listen. */
export function listen<Name extends EventName>(name: Name, listener: (payload: ApiEvents[Name]) => void): () => void {
  const bridge = theBridge()
  const all: Listeners = listenersOf.get(bridge) ?? {}
  listenersOf.set(bridge, all)
  const known: Set<(payload: ApiEvents[Name]) => void> | undefined = all[name]
  const listeners = known ?? new Set<(payload: ApiEvents[Name]) => void>()
  if (known === undefined) {
    Object.assign(all, { [name]: listeners })
    bridge.on(name, (payload) => {
      for (const one of listeners) one(payload)
    })
  }
  listeners.add(listener)
  return () => listeners.delete(listener)
}

/** The path of a dropped file. @throws AppError `bad-input` for something that lies in no file */
export function pathOf(file: File): string {
  const path = theBridge().pathOf(file)
  if (path === '') throw new AppError('bad-input', 'What was dropped is no file on this machine.', { todo: 'Save it first, then drop the file.' })
  return path
}

let opening = 0
/** How often the photo of an image was replaced since the page was loaded: the page's cache knows addresses alone. */
const versions = shallowReactive(new Map<number, number>())

/** Addresses of images are those of this workspace from now on. */
export function addressImagesOf(workspace: OpenedWorkspace | null): void {
  opening = workspace?.opening ?? 0
  versions.clear()
}

/** Pictures of these images are fetched anew. */
export function renewImages(imageIds: readonly number[]): void {
  for (const imageId of imageIds) versions.set(imageId, (versions.get(imageId) ?? 0) + 1)
}

function addressOf(kind: 'thumbnail' | 'image', imageId: number): string {
  const version = versions.get(imageId)
  return `capstan-image://${kind}/${opening}/${imageId}${version === undefined ? '' : `?${version}`}`
}

export function thumbnailAddress(imageId: number): string {
  return addressOf('thumbnail', imageId)
}

export function imageAddress(imageId: number): string {
  return addressOf('image', imageId)
}
