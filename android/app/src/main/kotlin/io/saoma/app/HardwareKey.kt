/** The device's key in Android's own key store: made once on this phone, in hardware where there is any, and never copied. */
package io.saoma.app

import android.content.Context
import android.content.pm.PackageManager
import android.os.Build
import android.os.UserManager
import android.security.keystore.KeyGenParameterSpec
import android.security.keystore.KeyPermanentlyInvalidatedException
import android.security.keystore.KeyProperties
import android.security.keystore.StrongBoxUnavailableException
import io.saoma.core.KeyStore
import io.saoma.core.KeyStoreException
import java.security.GeneralSecurityException
import java.security.KeyPairGenerator
import java.security.Signature
import java.security.UnrecoverableKeyException
import java.security.spec.ECGenParameterSpec

/**
 * A P-256 key under [alias]. It is made when it is first asked for, unless [existed]: a till that has been used before and whose
 * key is gone must say so, since a new key is another device to the backend.
 */
class HardwareKey(
    private val context: Context,
    private val alias: String = ALIAS,
    private val existed: () -> Boolean,
) : KeyStore {
    private val store = java.security.KeyStore.getInstance(PROVIDER).apply { load(null) }

    override fun publicKey(): ByteArray =
        told {
            if (!store.containsAlias(alias)) {
                if (existed()) throw lost("this phone's key store no longer has the key $alias")
                make()
            }
            checkNotNull(store.getCertificate(alias)) { "the key $alias has no public half" }.publicKey.encoded
        }

    override fun sign(message: ByteArray): ByteArray =
        told {
            val key = store.getKey(alias, null) ?: throw lost("this phone's key store no longer has the key $alias")
            Signature.getInstance("SHA256withECDSA").run {
                initSign(key as java.security.PrivateKey)
                update(message)
                sign()
            }
        }

    /** Gives the key up, so that the next opening makes a new one: the till must then be paired again. */
    fun forget() {
        if (store.containsAlias(alias)) store.deleteEntry(alias)
    }

    private fun make() {
        val separateChip =
            Build.VERSION.SDK_INT >= Build.VERSION_CODES.P &&
                context.packageManager.hasSystemFeature(PackageManager.FEATURE_STRONGBOX_KEYSTORE)
        try {
            generate(separateChip)
        } catch (_: StrongBoxUnavailableException) {
            // Some phones announce the chip and then have no room in it.
            generate(separateChip = false)
        }
    }

    private fun generate(separateChip: Boolean) {
        val wanted =
            KeyGenParameterSpec
                .Builder(alias, KeyProperties.PURPOSE_SIGN)
                .setAlgorithmParameterSpec(ECGenParameterSpec("secp256r1"))
                .setDigests(KeyProperties.DIGEST_SHA256)
        if (separateChip) wanted.setIsStrongBoxBacked(true)
        KeyPairGenerator.getInstance(KeyProperties.KEY_ALGORITHM_EC, PROVIDER).run {
            initialize(wanted.build())
            generateKeyPair()
        }
    }

    /** Says what went wrong in the words that the core knows. */
    private fun <T> told(work: () -> T): T =
        try {
            work()
        } catch (error: KeyStoreException) {
            throw error
        } catch (error: KeyPermanentlyInvalidatedException) {
            throw lost(error.toString())
        } catch (error: UnrecoverableKeyException) {
            throw lost(error.toString())
        } catch (error: GeneralSecurityException) {
            throw if (unlocked()) KeyStoreException.Failed(error.toString()) else KeyStoreException.Locked(error.toString())
        } catch (error: RuntimeException) {
            // Keystore daemons report much by unchecked exceptions.
            throw KeyStoreException.Failed(error.toString())
        }

    private fun unlocked() = context.getSystemService(UserManager::class.java)?.isUserUnlocked != false

    private fun lost(detail: String) = KeyStoreException.Lost(detail)

    companion object {
        /** The provider's name, and the key's. */
        const val PROVIDER = "AndroidKeyStore"
        const val ALIAS = "saoma-device"
    }
}
