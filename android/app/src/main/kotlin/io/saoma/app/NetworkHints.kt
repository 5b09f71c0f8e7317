// What Android says of the network: a hint for when to try, never a proof of anything.
package io.saoma.app

import android.content.Context
import android.net.ConnectivityManager
import android.net.ConnectivityManager.NetworkCallback
import android.net.Network
import kotlinx.coroutines.channels.awaitClose
import kotlinx.coroutines.flow.Flow
import kotlinx.coroutines.flow.callbackFlow
import kotlinx.coroutines.flow.conflate

/**
 * Whether the phone has a network that this app may use: now, then at each change. True comes again when the phone goes from one network
 * to another, since connections of the old one are of no use.
 */
fun networkHints(context: Context): Flow<Boolean> =
    callbackFlow {
        val networks = checkNotNull(context.getSystemService(ConnectivityManager::class.java)) { "every Android has it" }
        val callback =
            object : NetworkCallback() {
                // Doze and savers of data or battery take the network from an app without taking it away.
                private var blocked = false

                override fun onAvailable(network: Network) {
                    blocked = false
                    trySend(true)
                }

                override fun onLost(network: Network) {
                    trySend(false)
                }

                override fun onBlockedStatusChanged(
                    network: Network,
                    isBlocked: Boolean,
                ) {
                    // It is also said after each onAvailable, where it changes nothing.
                    if (isBlocked != blocked) {
                        blocked = isBlocked
                        trySend(!isBlocked)
                    }
                }
            }
        // With a network the callback says so at once; without one it says nothing.
        if (networks.activeNetwork == null) trySend(false)
        networks.registerDefaultNetworkCallback(callback)
        awaitClose { networks.unregisterNetworkCallback(callback) }
    }.conflate()
