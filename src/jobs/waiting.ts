/** How the queue travels in a backup: what a job is and when it runs. Who holds it, and how often it failed, does not travel. */
export const waitingJobColumns = ['task', 'payload', 'run_at', 'max_attempts', 'key'] as const

/**
 * Selects the jobs that wait or run, for COPY. The view that graphile-worker shows to others leaves payloads out, so this reads
 * its own table. Jobs that used up their attempts stay behind.
 */
export const waitingJobs = `select tasks.identifier as task, jobs.payload::text as payload, jobs.run_at, jobs.max_attempts, jobs.key
  from graphile_worker._private_jobs jobs join graphile_worker._private_tasks tasks on tasks.id = jobs.task_id
  where jobs.attempts < jobs.max_attempts order by jobs.id`

/** The name of that place. */
export const waitingJobsTable = 'waiting_job'

/** Makes a place for the jobs of a backup, until the transaction ends. */
export const placeForJobs = `create temporary table waiting_job (
  task text not null, payload text not null, run_at timestamptz not null, max_attempts integer not null, key text
) on commit drop`

/** Queues what stands in that place, by graphile-worker's own function. */
export const queueJobs = `select count(graphile_worker.add_job(identifier => task, payload => payload::json, run_at => run_at,
  max_attempts => max_attempts, job_key => key))::int as jobs from waiting_job`
