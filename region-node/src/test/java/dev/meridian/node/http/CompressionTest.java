package dev.meridian.node.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import java.util.concurrent.atomic.AtomicReference;
import java.util.zip.CRC32;
import java.util.zip.GZIPInputStream;
import java.util.zip.GZIPOutputStream;
import java.util.zip.InflaterInputStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
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

/** What is compressed, and how: what the AWS SDK takes, checksum and all, and what cannot be decompressed. */
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
                        .isEqualTo(size > 4_000);
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
        put("sum", "x".repeat(5_000));
        String get = "{\"TableName\":\"tab\",\"Key\":{\"pk\":{\"S\":\"sum\"}}}";
        try (RawHttp http = region.connect()) {
            RawHttp.Answer plain = http.send(RawHttp.request("GetItem", get)).answer();
            for (String accepts : new String[] {"gzip", "deflate"}) {
                RawHttp.Answer zipped = http.send(RawHttp.request("GetItem", get, "Accept-Encoding: " + accepts))
                        .answer();
                assertThat(zipped.header("Content-Encoding")).as(accepts).isEqualTo(accepts);
                assertThat(zipped.body().length).isLessThan(200);
                assertThat(zipped.header("x-amz-crc32")).isEqualTo(crc(zipped.body()));
                ByteArrayInputStream bytes = new ByteArrayInputStream(zipped.body());
                try (InputStream unzipped =
                        accepts.equals("gzip") ? new GZIPInputStream(bytes) : new InflaterInputStream(bytes)) {
                    assertThat(unzipped.readAllBytes()).isEqualTo(plain.body());
                }
            }
            RawHttp.Answer last = http.send(
                            RawHttp.request("GetItem", get, "Accept-Encoding: identity", "Accept-Encoding: gzip"))
                    .answer();
            assertThat(last.header("Content-Encoding")).isEqualTo("gzip");
            for (String accepts : new String[] {"identity", "gzip;q=0", "br", ""}) {
                RawHttp.Answer same = http.send(RawHttp.request("GetItem", get, "Accept-Encoding: " + accepts))
                        .answer();
                assertThat(same.header("Content-Encoding")).as(accepts).isNull();
                assertThat(same.header("x-amz-crc32")).isEqualTo(crc(plain.body()));
            }
        }
    }

    @Test
    void answersBelow4KilobytesAreNotCompressed() throws Exception {
        String empty = "{\"Item\":{\"text\":{\"S\":\"\"}}}";
        put("edge", "x".repeat(4096 - empty.length()));
        String get = "{\"TableName\":\"tab\",\"Key\":{\"pk\":{\"S\":\"edge\"}},\"ProjectionExpression\":\"%s\"}";
        try (RawHttp http = region.connect()) {
            RawHttp.Answer large = http.send(RawHttp.request(
                            "GetItem",
                            get.replace("%s", "#t").replace("}}", "}},\"ExpressionAttributeNames\":{\"#t\":\"text\"}"),
                            "Accept-Encoding: gzip"))
                    .answer();
            assertThat(large.header("Content-Encoding")).isEqualTo("gzip");
            put("edge", "x".repeat(4095 - empty.length()));
            RawHttp.Answer small = http.send(RawHttp.request(
                            "GetItem",
                            get.replace("%s", "#t").replace("}}", "}},\"ExpressionAttributeNames\":{\"#t\":\"text\"}"),
                            "Accept-Encoding: gzip"))
                    .answer();
            assertThat(small.header("Content-Encoding")).isNull();
            assertThat(small.body()).hasSize(4095);
        }
    }

    /** As DynamoDB was seen to choose. */
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "identity | ",
                "'' | ",
                "zstd | ",
                "compress | ",
                "x-gzip | ",
                "gzip, deflate | GZIP",
                "br, identity, deflate, gzip | DEFLATE",
                "GZIP, identity | GZIP",
                "'dog, gzip ,, cat' | GZIP",
                "gzip;q=0.8, deflate;q=0.5 | GZIP",
                "'br, gzip;q=0, deflate; q = 0.5 , identity;q=0' | DEFLATE",
                "* | GZIP",
                "*, deflate;q=0.5 | GZIP",
                "*, deflate | DEFLATE",
                "*, identity | GZIP",
                "*, gzip;q=0.5 | DEFLATE",
                "gzip ;q=0 | ",
                "identity;q=0 | ",
                "*;q=0 | ",
                "*;q=0.5,identity | GZIP",
                "gzip;q=0.5,identity;q=0.8 | GZIP",
                "br;q=0.8,identity;q=0.5,*;q=0 | ",
                "gzip br | ",
                "gzip:q=1 | ",
                "deflate;q=0.5, gzip;q=31 | GZIP",
                "gzip;q=31,deflate;q=51 | GZIP",
                "deflate;q=0.5, gzip;q=0.2 | DEFLATE",
                "deflate;q=0.5, gzip;q=1;q=0.2 | GZIP",
                "deflate;q=0.5,gzip;q=0. | DEFLATE",
                "deflate;q=0.5,gzip;q=0.x | GZIP",
                "deflate;q=-0.5,gzip;q=0.2 | GZIP",
                "gzip;nq=1;q=0  | ",
                "gzip;q=0, gzip;q=1, gzip;q=0 | GZIP",
                "br,identity;q=0.5,gzip;q=0.0001 | GZIP",
                ";, gzip | GZIP"
            })
    void theCodingIsChosenByWeightAndThenByOrder(String accepted, ContentCoding.Coding coding) {
        assertThat(ContentCoding.chosen(accepted)).isEqualTo(coding);
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
