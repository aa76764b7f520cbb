/** The window's content security policy forbids eval; zod must not try it. Imported before any schema is made. */
import { z } from 'zod'

z.config({ jitless: true })
