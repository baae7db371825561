package io.github.loopthread.examples;

import org.springframework.boot.http.client.InetAddressFilter;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/**
 * The filter of docs/security.md, for every client of the application.
 */
@Configuration(proxyBeanMethods = false)
public class AddressFilterExample {

	@Bean
	public InetAddressFilter externalAddressesOnly() {
		return InetAddressFilter.externalAddresses()
			.andNot("168.63.129.16", "64:ff9b:1::/48", "::/96", "::ffff:0:0:0/96");
	}

}
