package dev.meridian.simulator.terraform;

import dev.meridian.simulator.terraform.Hcl.Block;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;

/** All {@code .tf} files of a folder. */
record Module(Path folder, List<Block> blocks) {
    /** The project's folder {@code terraform}, from wherever the tests run. */
    static final Path TERRAFORM = Stream.of(Path.of("terraform"), Path.of("..", "terraform"))
            .filter(Files::isDirectory)
            .findFirst()
            .orElseThrow()
            .toAbsolutePath()
            .normalize();

    static Module read(Path folder) {
        List<Block> blocks = new ArrayList<>();
        for (Path file : files(folder, ".tf")) {
            try {
                blocks.addAll(Hcl.parse(Files.readString(file)).blocks());
            } catch (AssertionError wrong) {
                throw new AssertionError(file + ": " + wrong.getMessage(), wrong);
            } catch (IOException unreadable) {
                throw new UncheckedIOException(unreadable);
            }
        }
        return new Module(folder, blocks);
    }

    static Module named(String name) {
        return read(TERRAFORM.resolve("modules").resolve(name));
    }

    /** Modules and examples. */
    static List<Module> all() {
        List<Module> modules = new ArrayList<>();
        for (String kind : List.of("modules", "examples")) {
            files(TERRAFORM.resolve(kind), "").forEach(folder -> modules.add(read(folder)));
        }
        return modules;
    }

    private static List<Path> files(Path folder, String suffix) {
        try (Stream<Path> files = Files.list(folder)) {
            return files.filter(file -> file.toString().endsWith(suffix))
                    .sorted()
                    .toList();
        } catch (IOException unreadable) {
            throw new UncheckedIOException(unreadable);
        }
    }

    String name() {
        return String.valueOf(folder.getFileName());
    }

    boolean isExample() {
        return folder.getParent().endsWith("examples");
    }

    List<Block> all(String type) {
        return blocks.stream().filter(block -> block.type().equals(type)).toList();
    }

    /** By name, as they are written. */
    Map<String, Block> named(String type, int label) {
        Map<String, Block> named = new LinkedHashMap<>();
        all(type).forEach(block -> named.put(block.labels().get(label), block));
        return named;
    }

    Map<String, Block> variables() {
        return named("variable", 0);
    }

    Map<String, Block> outputs() {
        return named("output", 0);
    }

    Map<String, String> locals() {
        Map<String, String> locals = new LinkedHashMap<>();
        all("locals").forEach(block -> locals.putAll(block.attributes()));
        return locals;
    }

    /** What can be referred to, such as {@code aws_vpc.this}, {@code data.aws_partition.current} and {@code module.config}. */
    Map<String, Block> addresses() {
        Map<String, Block> addresses = new LinkedHashMap<>();
        for (Block block : blocks) {
            switch (block.type()) {
                case "resource" -> addresses.put(String.join(".", block.labels()), block);
                case "data" -> addresses.put("data." + String.join(".", block.labels()), block);
                case "module" -> addresses.put("module." + block.labels().get(0), block);
                default -> {}
            }
        }
        return addresses;
    }

    /** What all expressions refer to, but for those by which variables are validated. */
    Set<String> references() {
        Set<String> references = new TreeSet<>();
        for (Block block : blocks) {
            if (!block.type().equals("variable")) {
                block.forEachExpression(expression -> references.addAll(Hcl.references(expression)));
            }
        }
        return references;
    }

    /** Where a module that this one calls is. */
    Path source(Block call) {
        return folder.resolve(call.string("source")).normalize();
    }
}
