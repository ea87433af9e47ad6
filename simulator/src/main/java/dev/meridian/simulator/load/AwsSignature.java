package dev.meridian.simulator.load;

import dev.meridian.node.cli.CommandFailedException;
import java.io.ByteArrayInputStream;
import java.net.URI;
import java.util.Map;
import java.util.TreeMap;
import software.amazon.awssdk.http.SdkHttpMethod;
import software.amazon.awssdk.http.SdkHttpRequest;
import software.amazon.awssdk.http.auth.aws.signer.AwsV4HttpSigner;
import software.amazon.awssdk.identity.spi.AwsCredentialsIdentity;
import software.amazon.awssdk.identity.spi.AwsSessionCredentialsIdentity;

/** Signature Version 4, for endpoints that check it. */
final class AwsSignature implements Signature {
    private final AwsV4HttpSigner signer = AwsV4HttpSigner.create();
    private final AwsCredentialsIdentity credentials;

    private AwsSignature(AwsCredentialsIdentity credentials) {
        this.credentials = credentials;
    }

    /** With the credentials that AWS's own tools take from the environment. */
    static AwsSignature fromEnvironment(Map<String, String> environment) {
        String key = environment.get("AWS_ACCESS_KEY_ID");
        String secret = environment.get("AWS_SECRET_ACCESS_KEY");
        String session = environment.get("AWS_SESSION_TOKEN");
        if (key == null || secret == null) {
            throw new CommandFailedException("--sign needs AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY");
        }
        return new AwsSignature(
                session == null
                        ? AwsCredentialsIdentity.create(key, secret)
                        : AwsSessionCredentialsIdentity.create(key, secret, session));
    }

    @Override
    public Map<String, String> headers(Endpoint to, String target, byte[] body) {
        SdkHttpRequest request = SdkHttpRequest.builder()
                .method(SdkHttpMethod.POST)
                .uri(URI.create(to + "/"))
                .putHeader("x-amz-target", target)
                .build();
        SdkHttpRequest signed = signer.sign(signing -> signing.identity(credentials)
                        .request(request)
                        .payload(() -> new ByteArrayInputStream(body))
                        .putProperty(AwsV4HttpSigner.SERVICE_SIGNING_NAME, "dynamodb")
                        .putProperty(AwsV4HttpSigner.REGION_NAME, to.region()))
                .request();
        Map<String, String> headers = new TreeMap<>(String.CASE_INSENSITIVE_ORDER);
        signed.forEachHeader((name, values) -> headers.put(name, String.join(",", values)));
        headers.remove("x-amz-target");
        headers.remove("host");
        return headers;
    }
}
