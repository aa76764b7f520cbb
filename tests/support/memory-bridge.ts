/** A bridge for tests of the window's stores: verbs answered by functions, at the speed the test wants. */
import type { ApiEvents, CapstanBridge, EventName, VerbInput, VerbName, VerbResult } from '#shared/api.ts'
import { AppError, toReport } from '#shared/errors.ts'

export type Handlers = { [Name in VerbName]?: (input: VerbInput<Name>) => VerbResult<Name> | Promise<VerbResult<Name>> }

export interface MemoryBridge extends CapstanBridge {
  /** Names of the verbs called, in order. */
  calls: VerbName[]
  emit<Name extends EventName>(name: Name, payload: ApiEvents[Name]): void
}

export function createMemoryBridge(handlers: Handlers): MemoryBridge {
  const listeners = new Map<EventName, Set<(payload: never) => void>>()
  const calls: VerbName[] = []
  return {
    calls,
    async call(name, ...input) {
      calls.push(name)
      try {
        const handler: ((input: VerbInput<typeof name>) => unknown) | undefined = handlers[name]
        if (handler === undefined) throw new AppError('internal', `The test answers no ${name}.`)
        // Structured cloning is what IPC does: nobody shares objects across the border.
        const sent = structuredClone(input[0]) as VerbInput<typeof name>
        return { ok: true, value: structuredClone(await handler(sent)) as VerbResult<typeof name> }
      } catch (error) {
        return { ok: false, error: toReport(error) }
      }
    },
    pathOf: () => '',
    on(name, listener) {
      const known = listeners.get(name) ?? new Set()
      listeners.set(name, known.add(listener))
      return () => known.delete(listener)
    },
    emit(name, payload) {
      for (const listener of listeners.get(name) ?? []) (listener as (sent: typeof payload) => void)(payload)
    },
  }
}

/** Makes the bridge the one that the stores call. */
export function installBridge(bridge: CapstanBridge): void {
  globalThis.capstan = bridge
}
