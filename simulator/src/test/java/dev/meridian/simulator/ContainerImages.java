package dev.meridian.simulator;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.github.dockerjava.api.DockerClient;
import com.github.dockerjava.api.exception.DockerException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.testcontainers.DockerClientFactory;
import org.testcontainers.images.builder.ImageFromDockerfile;

/**
 * The images, built from {@code simulator/target/lib} as it was packaged. Where their bases can be had neither from this
 * machine, where {@code .container/build --without-registry} leaves them, nor from a registry, tests are skipped.
 *
 * @param previous the node's, of the release before: what {@code -Dmeridian.previous.image} names, or this one again
 * @param kafka built too if apache/kafka cannot be had
 */
record ContainerImages(String node, String previous, String kafka) {
    private static final String LOCAL_JDK = "meridian-jdk:17";
    private static final String LOCAL_BASE = "meridian-base:12";
    private static final String KAFKA = "apache/kafka:4.3.1";
    private static final long PULL_MINUTES_MAX = 5;

    static ContainerImages build() {
        goOnIf(
                DockerClientFactory.instance().isDockerAvailable(),
                "no Docker engine answers, so that nothing is known of containers");
        DockerClient docker = DockerClientFactory.lazyClient();
        boolean local = isHere(docker, LOCAL_JDK) && isHere(docker, LOCAL_BASE);
        goOnIf(
                local || canPull(docker, "debian:12-slim"),
                "no registry answers; .container/build --without-registry makes what is needed");
        String node = stage("node", local).get();
        String kafka = isHere(docker, KAFKA) || (!local && canPull(docker, KAFKA))
                ? KAFKA
                : stage("kafka", local).get();
        return new ContainerImages(node, System.getProperty("meridian.previous.image", node), kafka);
    }

    /** The build's own report counts what is skipped before the first test as nothing at all, and does not say why. */
    private static void goOnIf(boolean possible, String why) {
        if (!possible) {
            System.out.println("Tests of containers are SKIPPED: " + why);
        }
        assumeTrue(possible, why);
    }

    private static ImageFromDockerfile stage(String name, boolean local) {
        Path top = ContainerFilesTest.TOP;
        Path lib = top.resolve("simulator/target/lib");
        if (!Files.isDirectory(lib)) {
            throw new AssertionError(lib + " is not there: the images are made of what mvn package leaves");
        }
        ImageFromDockerfile image = new ImageFromDockerfile("meridian-test-" + name, false)
                .withFileFromPath("simulator/target/lib", lib)
                .withFileFromPath(".container", top.resolve(".container"))
                .withFileFromPath("meridian", top.resolve("meridian"))
                .withDockerfilePath(".container/Dockerfile")
                .withTarget(name);
        return local ? image.withBuildArg("JDK_IMAGE", LOCAL_JDK).withBuildArg("BASE_IMAGE", LOCAL_BASE) : image;
    }

    private static boolean isHere(DockerClient docker, String image) {
        try {
            docker.inspectImageCmd(image).exec();
            return true;
        } catch (DockerException none) {
            return false;
        }
    }

    private static boolean canPull(DockerClient docker, String image) {
        try {
            return docker.pullImageCmd(image).start().awaitCompletion(PULL_MINUTES_MAX, TimeUnit.MINUTES)
                    && isHere(docker, image);
        } catch (DockerException noRegistry) {
            return false;
        } catch (InterruptedException asked) {
            throw new AssertionError(asked);
        }
    }
}
