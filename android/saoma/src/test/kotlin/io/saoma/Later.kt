// Time that passes, as far as a till can tell.
package io.saoma

import io.saoma.core.BodySink
import io.saoma.core.HttpHead
import io.saoma.core.HttpHeader
import io.saoma.core.HttpRequest
import io.saoma.core.HttpResponse
import io.saoma.core.HttpTransport
import java.time.Duration
import java.time.Instant
import java.time.ZoneOffset
import java.time.ZonedDateTime
import java.time.format.DateTimeFormatter.RFC_1123_DATE_TIME

/** A road on which the backend's time is later than it is. */
class Later(
    private val by: Duration,
    private val road: HttpTransport = UrlConnectionTransport(),
) : HttpTransport by road {
    override suspend fun execute(request: HttpRequest): HttpResponse {
        val answer = road.execute(request).run { copy(headers = headers.map(::later)) }
        if (!request.url.endsWith("/v1/time")) return answer
        val body = TIME.replace(answer.body.decodeToString()) { """"time":"${Instant.parse(it.groupValues[1]) + by}"""" }
        return answer.copy(body = body.encodeToByteArray())
    }

    override suspend fun stream(
        request: HttpRequest,
        body: BodySink,
    ): HttpHead = road.stream(request, body).run { copy(headers = headers.map(::later)) }

    private fun later(header: HttpHeader): HttpHeader {
        if (!header.name.equals("date", ignoreCase = true)) return header
        val date = ZonedDateTime.parse(header.value, RFC_1123_DATE_TIME) + by
        return HttpHeader(header.name, RFC_1123_DATE_TIME.format(date.withZoneSameInstant(ZoneOffset.UTC)))
    }

    private companion object {
        val TIME = Regex(""""time":"([^"]+)"""")
    }
}
