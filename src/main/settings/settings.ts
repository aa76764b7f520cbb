/** The person's settings: one JSON file in the user's folder. */
import { join } from 'node:path'
import { settingsSchema } from '#shared/domain.ts'
import type { ProviderChoice, Settings, SettingsChange } from '#shared/domain.ts'
import { readJsonFile, writeJsonFile } from './json-file.ts'

export interface SettingsStore {
  get(): Settings
  /** Resolves when the change is on disk. What was measured of the providers is main's own to write. */
  set(change: SettingsChange & { providerChoice?: ProviderChoice }): Promise<Settings>
}

export async function openSettings(folder: string, onChange: (settings: Settings) => void): Promise<SettingsStore> {
  const file = join(folder, 'settings.json')
  let current = await readJsonFile(file, settingsSchema, settingsSchema.parse({}))
  let saving = Promise.resolve()
  return {
    get: () => current,
    set: async (change) => {
      const given = Object.fromEntries(Object.entries(change).filter(([, value]) => value !== undefined))
      const next = settingsSchema.parse({ ...current, ...given })
      saving = saving.catch(() => undefined).then(() => writeJsonFile(file, next))
      await saving
      current = next
      onChange(next)
      return next
    },
  }
}
