package io.github.loopthread.benchmarks;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

import io.netty.pkitesting.CertificateBuilder;
import io.netty.pkitesting.X509Bundle;

/**
 * The certificate of the upstream, made for one run.
 */
record Certificate(File certificate, File key) implements AutoCloseable {

	static Certificate create() throws Exception {
		X509Bundle bundle = new CertificateBuilder().subject("CN=localhost")
			.addSanDnsName("localhost")
			.setIsCertificateAuthority(true)
			.buildSelfSigned();
		Path directory = Files.createTempDirectory("benchmarks");
		return new Certificate(write(directory.resolve("certificate.pem"), bundle.getCertificatePEM()),
				write(directory.resolve("key.pem"), bundle.getPrivateKeyPEM()));
	}

	private static File write(Path file, String content) throws IOException {
		return Files.writeString(file, content).toFile();
	}

	@Override
	public void close() throws IOException {
		Files.delete(this.certificate.toPath());
		Files.delete(this.key.toPath());
		Files.delete(this.certificate.toPath().getParent());
	}

}
