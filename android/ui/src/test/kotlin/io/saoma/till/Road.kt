// The road to the backend, as bad as a test wants it.
package io.saoma.till

import io.saoma.UrlConnectionTransport
import io.saoma.core.BodySink
import io.saoma.core.HttpHead
import io.saoma.core.HttpHeader
import io.saoma.core.HttpRequest
import io.saoma.core.HttpResponse
import io.saoma.core.HttpTransport
import io.saoma.core.TransportFailure
import java.time.Duration
import java.time.Instant
import java.time.ZoneOffset
import java.time.ZonedDateTime
import java.time.format.DateTimeFormatter.RFC_1123_DATE_TIME

/** A road on which time may be later than it is, and which new orders may not pass. */
internal class Road(
    private val road: HttpTransport = UrlConnectionTransport(),
) : HttpTransport by road {
    /** By how much the backend's time is later. */
    @Volatile var later: Duration = Duration.ZERO

    /** Whether orders stay on the phone, while everything else passes. */
    @Volatile var holdsOrders = false

    override suspend fun execute(request: HttpRequest): HttpResponse {
        if (holdsOrders && request.method == "PUT") throw TransportFailure.NotSent("no road for orders")
        val answer = road.execute(request)
        val headers = answer.headers.map(::later)
        if (!request.url.endsWith("/v1/time")) return answer.copy(headers = headers)
        val body = TIME.replace(answer.body.decodeToString()) { """"time":"${Instant.parse(it.groupValues[1]) + later}"""" }
        return answer.copy(headers = headers, body = body.encodeToByteArray())
    }

    override suspend fun stream(
        request: HttpRequest,
        body: BodySink,
    ): HttpHead {
        val head = road.stream(request, body)
        return head.copy(headers = head.headers.map(::later))
    }

    private fun later(header: HttpHeader) =
        if (header.name.equals("date", ignoreCase = true)) HttpHeader(header.name, laterDate(header.value)) else header

    private fun laterDate(date: String): String =
        RFC_1123_DATE_TIME.format((ZonedDateTime.parse(date, RFC_1123_DATE_TIME) + later).withZoneSameInstant(ZoneOffset.UTC))

    private companion object {
        val TIME = Regex(""""time":"([^"]+)"""")
    }
}
