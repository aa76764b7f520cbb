import type { ShortcutScope } from './shortcuts.ts'

/** Where shortcuts hold, for people. */
export const scopeTitles: Record<ShortcutScope, string> = {
  everywhere: 'Everywhere',
  library: 'Library',
  review: 'Review',
  train: 'Train',
  models: 'Models',
  experiments: 'Experiments',
  jobs: 'Jobs',
  votes: 'Votes',
}
