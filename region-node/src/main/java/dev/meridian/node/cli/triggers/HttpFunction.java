package dev.meridian.node.cli.triggers;

import dev.meridian.streams.triggers.FunctionAnswer;
import dev.meridian.streams.triggers.FunctionEndpoint;
import java.io.IOException;
import java.net.ConnectException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpConnectTimeoutException;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpTimeoutException;
import java.time.Duration;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;

/** A function behind an HTTP endpoint: the event is posted, and the response's body is what the function returns. */
final class HttpFunction implements FunctionEndpoint {
    /** A port where nobody answers shows at once; a host that is away does so after this. */
    private static final Duration CONNECT = Duration.ofSeconds(5);

    private final HttpClient http = HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1)
            .connectTimeout(CONNECT)
            .build();
    private final TriggerSettings.Function settings;
    private final HttpRequest.Builder request;

    HttpFunction(TriggerSettings.Function settings) {
        this.settings = settings;
        this.request = HttpRequest.newBuilder(settings.url())
                .timeout(settings.timeout())
                .setHeader("Content-Type", "application/json");
        settings.headers().forEach(request::setHeader);
    }

    @Override
    public CompletionStage<FunctionAnswer> invoke(byte[] event) {
        HttpRequest post = request.copy()
                .POST(HttpRequest.BodyPublishers.ofByteArray(event))
                .build();
        return http.sendAsync(post, head -> new LimitedText(LimitedText.FUNCTION_RESPONSE_BYTES_MAX))
                .handle((response, failure) -> failure == null ? answer(response) : answer(failure));
    }

    private static FunctionAnswer answer(HttpResponse<String> response) {
        String functionError =
                response.headers().firstValue("X-Amz-Function-Error").orElse(null);
        return FunctionAnswer.of(response.statusCode(), functionError, response.body());
    }

    private FunctionAnswer answer(Throwable failure) {
        Throwable cause =
                failure instanceof CompletionException && failure.getCause() != null ? failure.getCause() : failure;
        if (cause instanceof HttpConnectTimeoutException || cause instanceof ConnectException) {
            return FunctionAnswer.unavailable("nobody answers");
        }
        if (cause instanceof HttpTimeoutException) {
            return FunctionAnswer.failed(
                    "no answer within " + settings.timeout().toSeconds() + " s");
        }
        if (cause instanceof IOException) {
            return FunctionAnswer.failed("the connection broke: " + cause.getMessage());
        }
        throw new AssertionError(cause);
    }

    @Override
    public String name() {
        URI url = settings.url();
        String port = url.getPort() < 0 ? "" : ":" + url.getPort();
        return url.getScheme() + "://" + url.getHost() + port + url.getPath();
    }
}
