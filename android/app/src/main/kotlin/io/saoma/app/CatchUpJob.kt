// What waits for a network goes out when one comes, also when nobody looks and Android has ended the app meanwhile.
package io.saoma.app

import android.app.job.JobInfo
import android.app.job.JobParameters
import android.app.job.JobScheduler
import android.app.job.JobService
import android.content.ComponentName
import android.content.Context
import io.saoma.core.Diagnosis
import kotlinx.coroutines.Job
import kotlinx.coroutines.MainScope
import kotlinx.coroutines.cancel
import kotlinx.coroutines.flow.firstOrNull
import kotlinx.coroutines.launch
import kotlinx.coroutines.withTimeoutOrNull

/** Has the till open for a short while; sending and asking is the till's own. */
class CatchUpJob : JobService() {
    private val scope = MainScope()
    private var work: Job? = null

    override fun onStartJob(job: JobParameters): Boolean {
        work = scope.launch { jobFinished(job, !caughtUp()) }
        return true
    }

    override fun onStopJob(job: JobParameters): Boolean {
        work?.cancel()
        return true
    }

    override fun onDestroy() {
        scope.cancel()
        super.onDestroy()
    }

    /** A till that cannot be opened, or is closed, is tried again by a later job. */
    private suspend fun caughtUp(): Boolean =
        withTimeoutOrNull(OPEN_MS_MAX) {
            val till = SaomaApp.of(this@CatchUpJob).process.till()
            till.diagnosis.firstOrNull { !it.waitsForNetwork }
        } != null

    companion object {
        private const val ID = 1

        /** The till is open at most so long for each job. Android would allow ten minutes. */
        const val OPEN_MS_MAX = 60_000L

        /** Has the job run when there is a network, now or after a restart of the phone; again later and later while something waits. */
        fun schedule(context: Context) {
            val job =
                JobInfo
                    .Builder(ID, ComponentName(context, CatchUpJob::class.java))
                    .setRequiredNetworkType(JobInfo.NETWORK_TYPE_ANY)
                    .setPersisted(true)
                    .build()
            // One that is running would be stopped by another of its number.
            if (scheduler(context).getPendingJob(ID) == null) scheduler(context).schedule(job)
        }

        /** Nothing waits, or the app is in front and needs no job. */
        fun cancel(context: Context) = scheduler(context).cancel(ID)

        private fun scheduler(context: Context) =
            checkNotNull(context.getSystemService(JobScheduler::class.java)) { "every Android has it" }
    }
}

/** Whether a sale waits for the backend's answer, rather than for a person. */
internal val Diagnosis.waitsForNetwork: Boolean get() = unprovenCount > draftsWaiting
