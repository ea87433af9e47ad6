package dev.meridian.node.http;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import dev.meridian.model.Item;
import dev.meridian.model.RegionId;
import dev.meridian.node.api.ApiException;
import dev.meridian.node.api.ErrorCode;
import dev.meridian.node.api.Operations;
import dev.meridian.node.api.Reply;
import dev.meridian.streams.AttributeJson;
import io.vertx.core.Context;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.Consumer;
import java.util.zip.CRC32;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** One region's DynamoDB protocol: AWS JSON 1.0 over HTTP. */
public final class DynamoHandler {
    private static final Logger LOG = LoggerFactory.getLogger(DynamoHandler.class);

    /** DynamoDB's limit on a request. */
    private static final int MAX_BODY_BYTES = 16 << 20;

    private static final String TARGET = "DynamoDB_20120810.";
    private static final String CONTENT_TYPE = "application/x-amz-json-1.0";
    private static final String ID_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
    private static final int ID_LENGTH = 52;

    private final RegionId region;
    private final Operations operations;
    private final Vertx vertx;

    public DynamoHandler(RegionId region, Operations operations, Vertx vertx) {
        this.region = region;
        this.operations = operations;
        this.vertx = vertx;
    }

    /** Answers any request that is not for a page below {@code /-/}. */
    void handle(HttpServerRequest request) {
        if (request.method() == HttpMethod.OPTIONS) {
            preflight(request);
        } else if (request.method() == HttpMethod.POST) {
            collectBody(request, body -> post(request, body));
        } else if (request.method() == HttpMethod.GET) {
            request.response()
                    .putHeader("Content-Type", "text/plain")
                    .end("healthy: dynamodb." + region + ".amazonaws.com ");
        } else {
            fail(request, new ApiException(ErrorCode.UNKNOWN_OPERATION, ""));
        }
    }

    private static void preflight(HttpServerRequest request) {
        HttpServerResponse response = request.response();
        response.putHeader("Access-Control-Allow-Origin", "*")
                .putHeader("Access-Control-Allow-Methods", "POST, GET, OPTIONS")
                .putHeader("Access-Control-Max-Age", "172800");
        String headers = request.getHeader("Access-Control-Request-Headers");
        if (headers != null) {
            response.putHeader("Access-Control-Allow-Headers", headers);
        }
        response.end();
    }

    /** Answers a POST on the front door, where the region is not known before the headers are read. */
    static void collectBody(HttpServerRequest request, Consumer<byte[]> whole) {
        Buffer body = Buffer.buffer();
        boolean[] refused = {false};
        request.handler(chunk -> {
            if (refused[0]) {
                return;
            }
            body.appendBuffer(chunk);
            if (body.length() > MAX_BODY_BYTES) {
                refused[0] = true;
                request.response()
                        .setStatusCode(413)
                        .putHeader("Connection", "close")
                        .end()
                        .onComplete(sent -> request.connection().close());
            }
        });
        request.endHandler(end -> {
            if (!refused[0]) {
                whole.accept(body.getBytes());
            }
        });
    }

    private void post(HttpServerRequest request, byte[] body) {
        try {
            Credentials.region(request);
            String operation = operation(request);
            CompletionStage<Reply> reply = operations.isHeavy(operation)
                    ? vertx.executeBlocking(() -> operations.execute(operation, body), false)
                            .toCompletionStage()
                            .thenCompose(stage -> stage)
                    : operations.execute(operation, body);
            answer(request, operation, reply);
        } catch (ApiException refused) {
            fail(request, refused);
        }
    }

    private String operation(HttpServerRequest request) {
        String target = request.getHeader("X-Amz-Target");
        String operation = target != null && target.startsWith(TARGET) ? target.substring(TARGET.length()) : "";
        if (!operations.contains(operation)) {
            throw new ApiException(ErrorCode.UNKNOWN_OPERATION, "");
        }
        String type = request.getHeader("Content-Type");
        if (type == null || !type.startsWith("application/")) {
            throw new ApiException(ErrorCode.SERIALIZATION, "Unsupported Content-Type: " + type);
        }
        return operation;
    }

    private void answer(HttpServerRequest request, String operation, CompletionStage<Reply> stage) {
        Context context = vertx.getOrCreateContext();
        stage.whenComplete((reply, failure) -> context.runOnContext(unused -> {
            if (failure == null) {
                succeed(request, reply);
            } else {
                fail(request, asApiException(operation, failure));
            }
        }));
    }

    private ApiException asApiException(String operation, Throwable failure) {
        Throwable cause = failure;
        while (cause instanceof java.util.concurrent.CompletionException && cause.getCause() != null) {
            cause = cause.getCause();
        }
        if (cause instanceof ApiException expected) {
            return expected;
        }
        LOG.error("{} {} failed", region, operation, cause);
        return new ApiException(
                ErrorCode.INTERNAL_SERVER_ERROR, "The request processing has failed: a bug in Meridian");
    }

    private void succeed(HttpServerRequest request, Reply reply) {
        try {
            send(request, 200, reply.json());
        } catch (RuntimeException bug) {
            fail(request, asApiException("response", bug));
        }
    }

    static void fail(HttpServerRequest request, ApiException error) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (JsonGenerator out = new JsonFactory().createGenerator(bytes)) {
            out.writeStartObject();
            out.writeStringField("__type", error.code().wireType());
            if (!error.getMessage().isEmpty()) {
                // The service framework's own errors spell it so, the table service's with a small letter.
                boolean framework = error.code().wireType().startsWith("com.amazon.coral.service#Serial");
                out.writeStringField(framework ? "Message" : "message", error.getMessage());
            }
            @Nullable Item item = error.item();
            if (item != null) {
                out.writeFieldName("Item");
                AttributeJson.write(item, out);
            }
            out.writeEndObject();
        } catch (IOException inMemory) {
            throw new UncheckedIOException(inMemory);
        }
        send(request, error.code().httpStatus(), bytes.toByteArray());
    }

    private static void send(HttpServerRequest request, int status, byte[] body) {
        HttpServerResponse response = request.response();
        if (response.ended() || response.closed()) {
            return;
        }
        CRC32 crc = new CRC32();
        crc.update(body);
        if (request.getHeader("Origin") != null) {
            response.putHeader("Access-Control-Allow-Origin", "*");
            response.putHeader("Access-Control-Expose-Headers", "x-amzn-RequestId,x-amz-crc32,Date");
        }
        response.setStatusCode(status)
                .putHeader("Content-Type", CONTENT_TYPE)
                .putHeader("x-amzn-RequestId", requestId())
                .putHeader("x-amz-crc32", Long.toString(crc.getValue()))
                .end(Buffer.buffer(body));
    }

    private static String requestId() {
        ThreadLocalRandom random = ThreadLocalRandom.current();
        StringBuilder id = new StringBuilder(ID_LENGTH);
        for (int i = 0; i < ID_LENGTH; i++) {
            id.append(ID_LETTERS.charAt(random.nextInt(ID_LETTERS.length())));
        }
        return id.toString();
    }
}
