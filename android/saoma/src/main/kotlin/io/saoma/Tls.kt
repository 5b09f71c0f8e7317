// Whom a connection trusts.
package io.saoma

import java.net.InetAddress
import java.net.Socket
import java.security.MessageDigest
import java.security.cert.CertificateException
import java.security.cert.X509Certificate
import javax.net.ssl.HttpsURLConnection
import javax.net.ssl.SSLContext
import javax.net.ssl.SSLSocketFactory
import javax.net.ssl.TrustManager
import javax.net.ssl.X509TrustManager

/** Secures connections: by the platform's authorities, or by the one key that is pinned. */
internal class Tls {
    private var known: Trusted? = null

    fun secure(
        connection: HttpsURLConnection,
        pin: ByteArray?,
    ) {
        connection.sslSocketFactory = socketsFor(pin)
        // A pinned key is the backend's name: whoever holds it is the backend, wherever it stands.
        if (pin != null) connection.setHostnameVerifier { _, _ -> true }
    }

    /** No connection that was made before is used again: the platform keeps them by the factory that made them. */
    @Synchronized
    fun forget() {
        known = null
    }

    @Synchronized
    private fun socketsFor(pin: ByteArray?): SSLSocketFactory {
        known?.let { if (it.pin.contentEquals(pin)) return it.sockets }
        val sockets =
            if (pin == null) {
                HttpsURLConnection.getDefaultSSLSocketFactory()
            } else {
                val context = SSLContext.getInstance("TLS")
                context.init(null, arrayOf<TrustManager>(PinnedKey(pin)), null)
                context.socketFactory
            }
        return Trusted(pin, OneNetworksSockets(sockets)).also { known = it }.sockets
    }

    private class Trusted(
        val pin: ByteArray?,
        val sockets: SSLSocketFactory,
    )
}

/** Accepts the one TLS key that pairing pinned, whoever certified it, and no other. */
private class PinnedKey(
    private val pin: ByteArray,
) : X509TrustManager {
    override fun checkServerTrusted(
        chain: Array<X509Certificate>,
        authType: String,
    ) {
        val key = MessageDigest.getInstance("SHA-256").digest(chain[0].publicKey.encoded)
        if (!MessageDigest.isEqual(key, pin)) {
            throw CertificateException("the backend shows another TLS key than the pairing link named")
        }
    }

    override fun checkClientTrusted(
        chain: Array<X509Certificate>,
        authType: String,
    ): Unit = throw CertificateException("this is no server")

    override fun getAcceptedIssuers(): Array<X509Certificate> = emptyArray()
}

/** Sockets as [sockets] makes them, as a factory of its own. */
private class OneNetworksSockets(
    private val sockets: SSLSocketFactory,
) : SSLSocketFactory() {
    override fun getDefaultCipherSuites(): Array<String> = sockets.defaultCipherSuites

    override fun getSupportedCipherSuites(): Array<String> = sockets.supportedCipherSuites

    override fun createSocket(): Socket = sockets.createSocket()

    override fun createSocket(
        below: Socket,
        host: String,
        port: Int,
        autoClose: Boolean,
    ): Socket = sockets.createSocket(below, host, port, autoClose)

    override fun createSocket(
        host: String,
        port: Int,
    ): Socket = sockets.createSocket(host, port)

    override fun createSocket(
        host: String,
        port: Int,
        localHost: InetAddress,
        localPort: Int,
    ): Socket = sockets.createSocket(host, port, localHost, localPort)

    override fun createSocket(
        host: InetAddress,
        port: Int,
    ): Socket = sockets.createSocket(host, port)

    override fun createSocket(
        address: InetAddress,
        port: Int,
        localAddress: InetAddress,
        localPort: Int,
    ): Socket = sockets.createSocket(address, port, localAddress, localPort)
}
