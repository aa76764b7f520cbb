/** The program of an optimiser's thread, in the processes that train: built as a file of its own. */
import '#engine/training/optimiser/update-thread.ts'
