package io.saoma.app

import android.app.Application
import android.content.pm.PackageManager
import android.os.UserManager
import android.security.keystore.KeyPermanentlyInvalidatedException
import android.security.keystore.KeyProperties
import io.saoma.core.KeyStoreException
import org.junit.After
import org.junit.Before
import org.junit.Test
import org.junit.runner.RunWith
import org.robolectric.RobolectricTestRunner
import org.robolectric.Shadows.shadowOf
import org.robolectric.annotation.Config
import java.security.KeyFactory
import java.security.ProviderException
import java.security.Signature
import java.security.UnrecoverableKeyException
import java.security.spec.X509EncodedKeySpec
import kotlin.test.assertContentEquals
import kotlin.test.assertEquals
import kotlin.test.assertFailsWith
import kotlin.test.assertFalse
import kotlin.test.assertTrue

@RunWith(RobolectricTestRunner::class)
@Config(application = Application::class)
class HardwareKeyTest {
    private val store = FakeAndroidKeyStore
    private val message = "rung up".toByteArray()

    @Before
    fun begin() = store.install()

    @After
    fun end() = store.remove()

    private fun key(existed: Boolean = false) = HardwareKey(app) { existed }

    @Test
    fun a_new_phone_makes_a_key_and_keeps_it() {
        val made = key().publicKey()
        assertContentEquals(made, key(existed = true).publicKey())
        assertEquals(1, store.asked.size)
        assertEquals(KeyProperties.PURPOSE_SIGN, store.asked.single().purposes)
    }

    @Test
    fun what_it_signs_verifies_by_its_public_half() {
        val key = key()
        val public = KeyFactory.getInstance("EC").generatePublic(X509EncodedKeySpec(key.publicKey()))
        val signature =
            Signature.getInstance("SHA256withECDSA").apply {
                initVerify(public)
                update(message)
            }
        assertTrue(signature.verify(key.sign(message)))
    }

    @Test
    fun the_separate_chip_holds_it_where_there_is_one() {
        announceChip()
        store.chipHasRoom = true
        key().publicKey()
        assertTrue(store.asked.single().isStrongBoxBacked)
    }

    @Test
    fun a_chip_without_room_is_done_without() {
        announceChip()
        key().publicKey()
        assertEquals(listOf(true, false), store.asked.map { it.isStrongBoxBacked })
    }

    @Test
    fun a_used_till_that_lost_its_key_says_so_and_makes_none() {
        key().publicKey()
        store.loseAll()
        val key = key(existed = true)
        assertFailsWith<KeyStoreException.Lost> { key.publicKey() }
        assertTrue(key.isLost)
        assertFailsWith<KeyStoreException.Lost> { key.sign(message) }
        assertEquals(1, store.asked.size)
    }

    @Test
    fun a_lost_key_is_replaced_when_a_person_says_so() {
        val first = key().publicKey()
        store.loseAll()
        val key = key(existed = true)
        assertFailsWith<KeyStoreException.Lost> { key.publicKey() }
        key.replace()
        assertFalse(first.contentEquals(key.publicKey()))
        assertFalse(key.isLost)
    }

    @Test
    fun a_key_that_is_not_lost_is_not_replaced() {
        val key = key()
        val made = key.publicKey()
        key.replace()
        assertContentEquals(made, key.publicKey())
    }

    @Test
    fun a_key_that_the_system_made_invalid_is_lost() {
        val key = key()
        key.publicKey()
        store.fails = UnrecoverableKeyException().apply { initCause(KeyPermanentlyInvalidatedException()) }
        assertFailsWith<KeyStoreException.Lost> { key.publicKey() }
    }

    @Test
    fun a_key_store_that_fails_may_be_asked_again() {
        val key = key()
        key.publicKey()
        store.fails = ProviderException("keystore daemon is gone")
        assertFailsWith<KeyStoreException.Failed> { key.sign(message) }
        store.fails = null
        assertTrue(key.sign(message).isNotEmpty())
    }

    @Test
    fun before_the_first_unlock_it_is_locked() {
        val key = key()
        key.publicKey()
        shadowOf(service<UserManager>()).setUserUnlocked(false)
        store.fails = UnrecoverableKeyException("user is locked")
        assertFailsWith<KeyStoreException.Locked> { key.sign(message) }
    }

    @Test
    fun what_seals_the_records_is_made_once_and_is_another_on_another_phone() {
        val secret = key().sealingSecret()
        assertEquals(32, secret.size)
        assertContentEquals(secret, key(existed = true).sealingSecret())
        store.loseAll()
        assertFalse(secret.contentEquals(key(existed = true).sealingSecret()))
    }

    @Test
    fun before_the_first_unlock_what_seals_is_locked_too() {
        val key = key()
        key.sealingSecret()
        shadowOf(service<UserManager>()).setUserUnlocked(false)
        store.fails = UnrecoverableKeyException("user is locked")
        assertFailsWith<KeyStoreException.Locked> { key.sealingSecret() }
    }

    @Test
    fun what_seals_is_given_up_only_where_it_is_of_no_use() {
        val first = key()
        first.publicKey()
        val secret = first.sealingSecret()
        store.fails = UnrecoverableKeyException().apply { initCause(KeyPermanentlyInvalidatedException()) }
        assertFailsWith<KeyStoreException.Lost> { first.sealingSecret() }
        first.replace()
        store.fails = null
        assertFalse(secret.contentEquals(first.sealingSecret()))
        assertFailsWith<KeyStoreException.Lost> { key(existed = true).publicKey() }
        val kept = first.sealingSecret()
        first.publicKey()
        first.replace()
        assertContentEquals(kept, first.sealingSecret())
    }

    private fun announceChip() = shadowOf(app.packageManager).setSystemFeature(PackageManager.FEATURE_STRONGBOX_KEYSTORE, true)
}
