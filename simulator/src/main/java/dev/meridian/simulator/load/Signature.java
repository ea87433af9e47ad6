package dev.meridian.simulator.load;

import java.util.Map;

/** Headers by which a request says who sends it. */
@FunctionalInterface
public interface Signature {
    /**
     * For endpoints that look at the region only: Meridian, DynamoDB Local. The same for all requests, for signing costs
     * more than the rest of a request.
     */
    Signature ANYBODY = (to, target, body) -> Map.of(
            "authorization",
            "AWS4-HMAC-SHA256 Credential=meridian/20250101/" + to.region()
                    + "/dynamodb/aws4_request, SignedHeaders=host;x-amz-date;x-amz-target, Signature=" + "0".repeat(64),
            "x-amz-date",
            "20250101T000000Z");

    /** @param target the header x-amz-target */
    Map<String, String> headers(Endpoint to, String target, byte[] body);
}
