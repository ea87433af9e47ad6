package dev.meridian.node;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.meridian.model.RegionId;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpClient;
import io.vertx.core.http.HttpClientOptions;
import io.vertx.core.http.HttpClientRequest;
import io.vertx.core.http.HttpClientResponse;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.RequestOptions;
import java.io.IOException;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/** Asks whether a region answers at a URL. What comes back is from anybody: little of it is read. */
final class RegionProbe implements AutoCloseable {
    private static final ObjectMapper JSON = new ObjectMapper();

    /** Longer than a round trip around the world with a connection to be made; a person waits for the page. */
    private static final int PATIENCE_MILLIS = 1_500;

    /** What {@code /-/ready} says has less than a hundred bytes. */
    private static final int ANSWER_BYTES_MAX = 4_096;

    private final HttpClient client;

    RegionProbe(Vertx vertx) {
        client = vertx.createHttpClient(new HttpClientOptions()
                .setConnectTimeout(PATIENCE_MILLIS)
                // A region that was started anew has closed what was kept.
                .setKeepAlive(false));
    }

    /** Never fails. @return why it does not answer there, in a few words; empty if it does */
    Future<Optional<String>> whyNot(RegionId region, String url) {
        RequestOptions ready;
        try {
            ready = new RequestOptions().setMethod(HttpMethod.GET).setAbsoluteURI(url + "/-/ready");
        } catch (RuntimeException wrong) {
            return Future.succeededFuture(Optional.of("its address is no URL"));
        }
        return client.request(ready)
                .compose(RegionProbe::ask)
                .timeout(PATIENCE_MILLIS, TimeUnit.MILLISECONDS)
                .map(body -> whyNot(region, body))
                .otherwise(failure -> Optional.of("nothing answers there"));
    }

    /** A connection that is not answered on is closed: the next probe is not to wait for it. */
    private static Future<Buffer> ask(HttpClientRequest request) {
        return request.send()
                .compose(response -> body(request, response))
                .timeout(PATIENCE_MILLIS, TimeUnit.MILLISECONDS)
                .onFailure(late -> request.reset());
    }

    private static Future<Buffer> body(HttpClientRequest request, HttpClientResponse response) {
        Promise<Buffer> whole = Promise.promise();
        Buffer read = Buffer.buffer();
        response.exceptionHandler(whole::tryFail);
        response.endHandler(unused -> whole.tryComplete(read));
        response.handler(part -> {
            read.appendBuffer(part);
            if (read.length() > ANSWER_BYTES_MAX) {
                // So long an answer is not Meridian's.
                whole.tryComplete(Buffer.buffer());
                request.reset();
            }
        });
        return whole.future();
    }

    private static Optional<String> whyNot(RegionId region, Buffer body) {
        JsonNode said;
        try {
            said = JSON.readTree(body.getBytes()).path("region");
        } catch (IOException other) {
            return Optional.of("what answers there is not Meridian");
        }
        if (!said.isTextual()) {
            return Optional.of("what answers there is not Meridian");
        }
        return said.asText().equals(region.value())
                ? Optional.empty()
                : Optional.of("another region answers there, not " + region);
    }

    @Override
    public void close() {
        client.close();
    }
}
