package dev.meridian.node.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import java.util.concurrent.atomic.AtomicReference;
import java.util.zip.CRC32;
import java.util.zip.GZIPInputStream;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;
import software.amazon.awssdk.auth.credentials.StaticCredentialsProvider;
import software.amazon.awssdk.core.interceptor.Context;
import software.amazon.awssdk.core.interceptor.ExecutionAttributes;
import software.amazon.awssdk.core.interceptor.ExecutionInterceptor;
import software.amazon.awssdk.http.SdkHttpResponse;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.dynamodb.DynamoDbClient;
import software.amazon.awssdk.services.dynamodb.model.AttributeValue;
import software.amazon.awssdk.services.dynamodb.model.DynamoDbException;

/** gzip both ways: what the AWS SDK takes, checksum and all, and what is not gzip. */
class CompressionTest {
    @TempDir
    static Path folder;

    private static RunningRegion region;

    @BeforeAll
    static void start() throws Exception {
        region = new RunningRegion(folder);
    }

    @AfterAll
    static void stop() {
        region.close();
    }

    private static DynamoDbClient client(AtomicReference<SdkHttpResponse> seen) {
        return DynamoDbClient.builder()
                .endpointOverride(region.uri())
                .region(Region.US_EAST_1)
                .credentialsProvider(StaticCredentialsProvider.create(AwsBasicCredentials.create("any", "thing")))
                .overrideConfiguration(config -> config.putHeader("Accept-Encoding", "gzip")
                        .addExecutionInterceptor(new ExecutionInterceptor() {
                            @Override
                            public void afterTransmission(Context.AfterTransmission context, ExecutionAttributes all) {
                                seen.set(context.httpResponse());
                            }
                        }))
                .build();
    }

    @Test
    void theSdkReadsWhatIsCompressedForIt() {
        AtomicReference<SdkHttpResponse> seen = new AtomicReference<>();
        try (DynamoDbClient client = client(seen)) {
            for (int size : new int[] {10, 5_000, 300_000}) {
                AttributeValue pk = AttributeValue.fromS("size-" + size);
                AttributeValue text = AttributeValue.fromS("Ω ".repeat(size / 3));
                client.putItem(put -> put.tableName("tab").item(Map.of("pk", pk, "text", text)));
                assertThat(client.getItem(get -> get.tableName("tab").key(Map.of("pk", pk)))
                                .item())
                        .containsEntry("text", text);
                assertThat(seen.get().firstMatchingHeader("Content-Encoding").isPresent())
                        .isEqualTo(size > 1_000);
            }
            assertThat(client.scan(scan -> scan.tableName("tab")).items()).isNotEmpty();
            assertThatThrownBy(() -> client.getItem(get ->
                            get.tableName("tab").key(Map.of("no", AttributeValue.fromS("x".repeat(2_000))))))
                    .isInstanceOfSatisfying(
                            DynamoDbException.class,
                            error -> assertThat(error.awsErrorDetails().errorCode())
                                    .isEqualTo("ValidationException"));
        }
    }

    @Test
    void theChecksumIsOfTheBytesAsSent() throws Exception {
        put("sum", "x".repeat(3_000));
        String get = "{\"TableName\":\"tab\",\"Key\":{\"pk\":{\"S\":\"sum\"}}}";
        try (RawHttp http = region.connect()) {
            RawHttp.Answer plain = http.send(RawHttp.request("GetItem", get)).answer();
            for (String accepts : new String[] {"gzip", "deflate, gzip;q=0.5", "*", "GZIP"}) {
                RawHttp.Answer zipped = http.send(RawHttp.request("GetItem", get, "Accept-Encoding: " + accepts))
                        .answer();
                assertThat(zipped.header("Content-Encoding")).as(accepts).isEqualTo("gzip");
                assertThat(zipped.body().length).isLessThan(200);
                assertThat(zipped.header("x-amz-crc32")).isEqualTo(crc(zipped.body()));
                assertThat(new GZIPInputStream(new ByteArrayInputStream(zipped.body())).readAllBytes())
                        .isEqualTo(plain.body());
            }
            for (String accepts : new String[] {"identity", "gzip;q=0", "gzip; q=0.0, *", "br", ""}) {
                RawHttp.Answer same = http.send(RawHttp.request("GetItem", get, "Accept-Encoding: " + accepts))
                        .answer();
                assertThat(same.header("Content-Encoding")).as(accepts).isNull();
                assertThat(same.header("x-amz-crc32")).isEqualTo(crc(plain.body()));
            }
        }
    }

    @Test
    void aCompressedRequestIsRead() throws Exception {
        RawHttp.Answer answer = zipped(gzip(item("zipped", "y".repeat(100_000))), "gzip");
        assertThat(answer.status()).as(answer.text()).isEqualTo(200);
        answer = zipped(item("plain", "z").getBytes(StandardCharsets.UTF_8), "identity");
        assertThat(answer.status()).as(answer.text()).isEqualTo(200);
        assertThat(region.post("Scan", "{\"TableName\":\"tab\"}").body())
                .contains("\"zipped\"")
                .contains("\"plain\"");
    }

    @Test
    void whatCannotBeDecompressedIsRefused() throws Exception {
        byte[] good = gzip(item("broken", "y".repeat(10_000)));
        byte[] broken = good.clone();
        Arrays.fill(broken, 20, 40, (byte) 0);
        for (byte[] body : new byte[][] {
            "{}".getBytes(StandardCharsets.UTF_8), Arrays.copyOf(good, good.length - 10), broken, new byte[0]
        }) {
            assertRefused(zipped(body, "gzip"), 400, "MalformedHttpRequestException");
        }
        assertRefused(zipped(good, "br"), 400, "MalformedHttpRequestException");
    }

    @Test
    void aBombIsTooLarge() throws Exception {
        assertRefused(zipped(gzip(" ".repeat((16 << 20) - 2) + "{}"), "gzip"), 400, "ValidationException");
        assertRefused(zipped(gzip(" ".repeat((16 << 20) - 1) + "{}"), "gzip"), 413, "RequestEntityTooLargeException");
        assertRefused(zipped(gzip(" ".repeat(200 << 20)), "gzip"), 413, "RequestEntityTooLargeException");
    }

    private static void assertRefused(RawHttp.Answer answer, int status, String type) {
        assertThat(answer.text()).contains("#" + type + "\"");
        assertThat(answer.status()).isEqualTo(status);
    }

    private static RawHttp.Answer zipped(byte[] body, String coding) throws Exception {
        try (RawHttp http = region.connect()) {
            String head = RawHttp.head("PutItem", "Content-Encoding: " + coding, "Content-Length: " + body.length);
            return http.send(head + "\r\n").send(body).answer();
        }
    }

    private static String item(String key, String text) {
        return "{\"TableName\":\"tab\",\"Item\":{\"pk\":{\"S\":\"" + key + "\"},\"text\":{\"S\":\"" + text + "\"}}}";
    }

    private static void put(String key, String text) throws Exception {
        assertThat(region.post("PutItem", item(key, text)).statusCode()).isEqualTo(200);
    }

    private static byte[] gzip(String text) throws Exception {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (GZIPOutputStream out = new GZIPOutputStream(bytes)) {
            out.write(text.getBytes(StandardCharsets.UTF_8));
        }
        return bytes.toByteArray();
    }

    private static String crc(byte[] bytes) {
        CRC32 crc = new CRC32();
        crc.update(bytes);
        return Long.toString(crc.getValue());
    }
}
