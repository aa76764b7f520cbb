/**
 * Every shortcut of the window on one page, with the keys that it comes with. What is in force, with the keys that a person or a workspace chose,
 * is `table.ts`: the sheet (`?`), the key hints and the listener read that.
 */

export const shortcutScopes = ['everywhere', 'library', 'review', 'train', 'models', 'experiments', 'jobs', 'votes'] as const
export type ShortcutScope = (typeof shortcutScopes)[number]

export interface Shortcut {
  id: string
  scope: ShortcutScope
  /** Any of these chords does it; the first is shown in hints. */
  chords: readonly string[]
  does: string
  /** May it fire while a text field has the focus? Only combinations that type nothing. */
  whileTyping: boolean
  /** Shortcuts of one family stand on one line of the sheet, first and last chord. */
  family: string | null
  /** May holding the key repeat it? */
  repeats: boolean
  /** Does it decide about an image, or mark it? A plain key that does is no shortcut within a burst of typing, which was meant for an editor. */
  decides: boolean
  /** The handler that it reaches: its own id, but for labels, which share one. */
  handler: string
}

/** The one handler of all keys that mark an error type or a tag; it is told which by the shortcut's id. */
export const labelHandler = 'review.label'

type Rest = Partial<Pick<Shortcut, 'whileTyping' | 'repeats' | 'family' | 'decides' | 'handler'>>

export function shortcut(scope: ShortcutScope, id: string, chords: string[], does: string, rest: Rest = {}): Shortcut {
  return { whileTyping: false, repeats: false, family: null, decides: false, handler: `${scope}.${id}`, ...rest, id: `${scope}.${id}`, scope, chords, does }
}

export const viewOrder = ['library', 'review', 'train', 'models', 'evaluate', 'failures', 'experiments', 'jobs', 'work', 'votes', 'cases', 'settings'] as const
export type ViewName = (typeof viewOrder)[number]

export const viewTitles: Record<ViewName, string> = {
  library: 'Library',
  review: 'Review',
  train: 'Train',
  models: 'Models',
  evaluate: 'Evaluate',
  failures: 'Failures',
  experiments: 'Experiments',
  jobs: 'Jobs',
  work: 'My work',
  votes: 'Votes',
  cases: 'Cases',
  settings: 'Settings',
}

/** Nine views by their number, the tenth by 0, as tabs of a browser; those behind have Shift as well. */
export function viewChord(index: number): string {
  const place = index + 1
  return place <= 10 ? `Ctrl+${place % 10}` : `Ctrl+Shift+${place % 10}`
}

const numbers = [1, 2, 3, 4, 5, 6, 7, 8, 9] as const

export const shortcuts: readonly Shortcut[] = [
  ...viewOrder.map((view, index) =>
    shortcut('everywhere', `show-${view}`, [viewChord(index)], `Go to ${viewTitles[view]}`, {
      whileTyping: true,
      family: `Go to ${viewOrder.map((name) => viewTitles[name]).join(', ')}`,
    }),
  ),
  shortcut('everywhere', 'undo', ['Ctrl+z'], 'Undo the last change of a review, or the last vote while you vote', { repeats: true }),
  shortcut('everywhere', 'redo', ['Ctrl+Shift+z', 'Ctrl+y'], 'Redo it', { repeats: true }),
  shortcut('everywhere', 'shortcuts', ['?', 'F1'], 'Show this sheet'),

  shortcut('library', 'search', ['/', 'Ctrl+f'], 'Search in file names and texts', { whileTyping: true }),
  shortcut('library', 'find', ['m'], 'Find photos by what they show, or by likeness'),
  shortcut('library', 'import', ['Ctrl+i'], 'Import images', { whileTyping: true }),
  shortcut('library', 'export', ['Ctrl+e'], 'Export captions', { whileTyping: true }),
  shortcut('library', 'caption', ['c'], 'Caption the selected images, or all in view'),
  shortcut('library', 'select-all', ['Ctrl+a'], 'Select all images in view'),
  shortcut('library', 'clear', ['Escape'], 'Clear the selection'),
  shortcut('library', 'accept', ['a'], 'Accept the best candidates of the selected images'),
  shortcut('library', 'reject', ['x'], 'Reject the selected images'),
  shortcut('library', 'skip', ['s'], 'Skip the selected images'),
  shortcut('library', 'reopen', ['o'], 'Reopen the selected images'),
  shortcut('library', 'arrange', ['t'], 'Set split and tags of the selected images'),
  shortcut('library', 'add-to-list', ['l'], 'Add the selected images to a saved list'),
  shortcut('library', 'move-earlier', ['Alt+ArrowLeft', 'Alt+ArrowUp'], 'Move the selected images earlier in their list', { repeats: true }),
  shortcut('library', 'move-later', ['Alt+ArrowRight', 'Alt+ArrowDown'], 'Move the selected images later in their list', { repeats: true }),
  shortcut('library', 'replace', ['Ctrl+h'], 'Find and replace in captions, and other changes of many', { whileTyping: true }),
  shortcut('library', 'view', ['v'], 'Show thumbnails, or a list with columns'),
  shortcut('library', 'larger', ['+', '='], 'Larger thumbnails', { repeats: true }),
  shortcut('library', 'smaller', ['-'], 'Smaller thumbnails', { repeats: true }),
  shortcut('library', 'same-picture', ['y'], 'Selected photos that were replaced show the same: keep what stood'),
  shortcut('library', 'remove', ['Delete'], 'Remove the selected images from the workspace'),

  shortcut('review', 'next', ['j', 'ArrowRight'], 'Next image', { repeats: true }),
  shortcut('review', 'back', ['k', 'ArrowLeft'], 'Image before', { repeats: true }),
  shortcut('review', 'next-open', ['n'], 'Next image that is not decided yet'),
  shortcut('review', 'accept', ['a'], 'Accept the chosen candidate', { decides: true }),
  shortcut('review', 'save', ['Ctrl+Enter'], 'Save the correction; accept where nothing was changed', { whileTyping: true }),
  shortcut('review', 'correct-by-reference', ['c'], 'Correct with the closest reference: saves it and goes on', { decides: true }),
  shortcut('review', 'reject', ['x'], 'Reject: no good caption can be written', { decides: true }),
  shortcut('review', 'skip', ['s'], 'Skip for now', { decides: true }),
  shortcut('review', 'reopen', ['o'], 'Reopen a decided image', { decides: true }),
  shortcut('review', 'same-picture', ['y'], 'A photo that was replaced shows the same: keep what stood', { decides: true }),
  shortcut('review', 'edit', ['e', 'Enter'], 'Edit the caption'),
  shortcut('review', 'leave-editor', ['Escape'], 'Leave the editor', { whileTyping: true }),
  shortcut('review', 'take-candidate', ['u'], 'Put the chosen candidate into the editor again'),
  shortcut('review', 'caption-next', ['Alt+ArrowDown'], 'Next caption of the photo', { whileTyping: true, repeats: true }),
  shortcut('review', 'caption-back', ['Alt+ArrowUp'], 'Caption before', { whileTyping: true, repeats: true }),
  shortcut('review', 'caption-add', ['Alt+Enter'], 'Add another caption to the photo', { whileTyping: true }),
  shortcut('review', 'complete', ['Tab'], 'Take over what is offered in grey', { whileTyping: true }),
  shortcut('review', 'complete-word', ['Ctrl+ArrowRight'], 'Take over one word of it', { whileTyping: true }),
  shortcut('review', 'spelling', ['Ctrl+.'], 'Other spellings of an unknown word; add it to the dictionary', { whileTyping: true }),
  shortcut('review', 'references', ['r'], 'Show or hide the references'),
  shortcut('review', 'reference-add', ['Shift+r'], 'Write a reference'),
  shortcut('review', 'history', ['h'], 'Show or hide the history'),
  shortcut('review', 'guidelines', ['g'], 'Show or hide the guidelines'),
  shortcut('review', 'fit', ['f'], 'Fit the image, or show it at its full size'),
  shortcut('review', 'pin-zoom', ['p'], 'Keep the zoom from image to image, or not'),
  shortcut('review', 'regions', ['b'], 'Draw boxes of regions, or stop'),
  shortcut('review', 'attention', ['l'], 'Show where the captioner looked, word by word'),
  shortcut('review', 'zoom-in', ['+', '='], 'Zoom in', { repeats: true }),
  shortcut('review', 'zoom-out', ['-'], 'Zoom out', { repeats: true }),
  shortcut('review', 'pan-left', ['Shift+ArrowLeft'], 'Look further left in a zoomed image', { repeats: true }),
  shortcut('review', 'pan-right', ['Shift+ArrowRight'], 'Look further right', { repeats: true }),
  shortcut('review', 'pan-up', ['Shift+ArrowUp'], 'Look further up', { repeats: true }),
  shortcut('review', 'pan-down', ['Shift+ArrowDown'], 'Look further down', { repeats: true }),
  ...numbers.map((number) => shortcut('review', `candidate-${number}`, [`${number}`], `Choose candidate ${number}`, { family: 'Choose a candidate' })),
  ...numbers
    .slice(0, 5)
    .map((number) =>
      shortcut('review', `rate-${number}`, [`Shift+${number}`], `Rate it ${number} of 5`, { family: 'Rate the candidate, 1 to 5', decides: true }),
    ),

  shortcut('experiments', 'new', ['n'], 'Begin an experiment'),

  shortcut('votes', 'new', ['n'], 'Make a ballot'),
  shortcut('votes', 'left', ['ArrowLeft', '1'], 'The left caption is better', { decides: true }),
  shortcut('votes', 'right', ['ArrowRight', '2'], 'The right caption is better', { decides: true }),
  shortcut('votes', 'tie', ['ArrowDown', '0'], 'Both are equally good', { decides: true }),
  shortcut('votes', 'skip', ['s'], 'Skip the pair', { decides: true }),
  shortcut('votes', 'leave', ['Escape'], 'Go on later'),
  shortcut('votes', 'results', ['Enter'], 'Show the results once all pairs are answered'),
]
