/** The figures of My work, added up by SQLite: undo entries say who decided what and when, corrections what they changed. Steps that were undone do not count. */
import type { Work, WorkFigures, WorkGroup, WorkQuery } from '#shared/annotation/work-figures.ts'
import type { Database } from '../storage/database.ts'

/** Seconds beyond which the time between two decisions was a pause. */
const longestLook = 300

/** `edits`: words inserted and deleted, of corrections; `seconds`: since the decision before, of one made by itself and soon enough. */
const decided = `
  decided AS MATERIALIZED (
    SELECT action.id, action.author, action.created_at AS at, action_change.image_id, after ->> 'state' AS state, after ->> 'text' AS text,
      after ->> 'candidateId' AS candidate_id, count(*) OVER (PARTITION BY action.id) > 1 AS bulk
    FROM action JOIN action_change ON action_id = action.id
    WHERE undone = 0 AND created_at >= @since AND author = coalesce(@author, author) AND after ->> 'state' IN ('accepted', 'corrected', 'rejected', 'skipped')
      AND (before ->> 'state' <> after ->> 'state' OR before ->> 'text' IS NOT after ->> 'text')
  ),
  timed AS (
    SELECT id, (julianday(at) - julianday(lag(at) OVER (PARTITION BY author ORDER BY id))) * 86400 AS seconds FROM decided WHERE NOT bulk
  ),
  work AS MATERIALIZED (
    SELECT decided.author, date(at, 'localtime') AS day, state, bulk, coalesce(model.name, 'No candidate') AS model,
      CASE WHEN seconds BETWEEN 0 AND ${longestLook} THEN seconds END AS seconds,
      CASE WHEN state = 'corrected' AND NOT bulk THEN (
        SELECT (SELECT sum(json_array_length(value, '$.words')) FROM json_each(difference) WHERE value ->> 'kind' <> 'same')
        FROM correction WHERE correction.image_id = decided.image_id AND correction.created_at = at AND correction.text = decided.text
        ORDER BY correction.id DESC LIMIT 1
      ) END AS edits
    FROM decided LEFT JOIN timed USING (id)
    LEFT JOIN caption ON caption.id = candidate_id LEFT JOIN model ON model.number = caption.model_number
  )`

/** The figures of each value of a column. */
function grouped(grouping: string, column: string): string {
  return `
  SELECT '${grouping}' AS grouping, name, sum(NOT bulk AND state IN ('accepted', 'corrected')) AS captions, sum(NOT bulk AND state = 'accepted') AS accepted,
    sum(NOT bulk AND state = 'corrected') AS corrected, sum(NOT bulk AND state = 'rejected') AS rejected, sum(NOT bulk AND state = 'skipped') AS skipped,
    sum(bulk) AS inBulk, 3600.0 * count(seconds) / sum(seconds) AS perHour,
    avg(CASE WHEN place IN ((known + 1) / 2, (known + 2) / 2) THEN seconds END) AS medianSeconds,
    1.0 * sum(NOT bulk AND state = 'accepted') / nullif(sum(NOT bulk AND state IN ('accepted', 'corrected')), 0) AS acceptedShare, avg(edits) AS editDistance
  FROM (
    SELECT *, ${column} AS name, count(seconds) OVER (PARTITION BY ${column}) AS known,
      row_number() OVER (PARTITION BY ${column} ORDER BY seconds IS NULL, seconds) AS place
    FROM work
  ) GROUP BY name`
}

const sql = `WITH ${decided} ${[
  grouped('whole', "''"),
  grouped('today', "CASE WHEN day = date('now', 'localtime') THEN '' END"),
  grouped('day', 'day'),
  grouped('model', 'model'),
  grouped('author', 'author'),
].join(' UNION ALL ')} ORDER BY grouping, name`

const nothing: WorkFigures = {
  captions: 0,
  accepted: 0,
  corrected: 0,
  rejected: 0,
  skipped: 0,
  inBulk: 0,
  perHour: null,
  medianSeconds: null,
  acceptedShare: null,
  editDistance: null,
}

export function workFigures(database: Database, { author, days }: WorkQuery, now: string): Work {
  const statement = database.prepare<{ author: string | null; since: string }, WorkGroup & { name: string | null; grouping: string }>(sql)
  const since = days === null ? '' : new Date(new Date(now).setHours(0, 0, 0, 0) - (days - 1) * 86_400_000).toISOString()
  const rows = statement.all({ author, since })
  const everybody = author === null ? rows : statement.all({ author: null, since })
  const groups = (from: typeof rows, wanted: string): WorkGroup[] =>
    from.flatMap(({ grouping, name, ...figures }) => (grouping === wanted && name !== null ? [{ name, ...figures }] : []))
  const single = (wanted: string): WorkFigures => {
    const [found] = groups(rows, wanted)
    if (found === undefined) return nothing
    const { name: _name, ...figures } = found
    return figures
  }
  return {
    today: single('today'),
    whole: single('whole'),
    days: groups(rows, 'day'),
    models: groups(rows, 'model'),
    authors: groups(everybody, 'author'),
  }
}
