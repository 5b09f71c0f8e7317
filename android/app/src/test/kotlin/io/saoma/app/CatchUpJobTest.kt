package io.saoma.app

import android.app.Application
import android.app.job.JobInfo
import android.app.job.JobScheduler
import org.junit.Test
import org.junit.runner.RunWith
import org.robolectric.RobolectricTestRunner
import org.robolectric.annotation.Config
import kotlin.test.assertEquals
import kotlin.test.assertNotNull
import kotlin.test.assertSame
import kotlin.test.assertTrue

@RunWith(RobolectricTestRunner::class)
@Config(application = Application::class)
class CatchUpJobTest {
    private val scheduler = service<JobScheduler>()

    @Test
    fun it_waits_for_a_network_also_over_a_restart_of_the_phone() {
        CatchUpJob.schedule(app)
        val job = scheduler.allPendingJobs.single()
        assertEquals(JobInfo.NETWORK_TYPE_ANY, networkOf(job))
        assertTrue(job.isPersisted)
    }

    @Test
    fun one_that_waits_or_runs_is_left_in_peace() {
        CatchUpJob.schedule(app)
        val first = scheduler.allPendingJobs.single()
        CatchUpJob.schedule(app)
        assertSame(first, scheduler.allPendingJobs.single())
    }

    @Test
    fun where_nothing_waits_there_is_none() {
        CatchUpJob.schedule(app)
        CatchUpJob.cancel(app)
        assertEquals(emptyList(), scheduler.allPendingJobs)
    }

    @Suppress("DEPRECATION") // The other form came with Android 9, and says no more.
    private fun networkOf(job: JobInfo): Int = assertNotNull(job).networkType
}
