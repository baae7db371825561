package io.github.loopthread.examples;

import io.github.loopthread.examples.ProductPages.Product;
import io.github.loopthread.examples.ProductPages.Stock;

/**
 * A page that is made of what two services answer.
 */
interface ShopPages {

	Page page(int id) throws Exception;

	record Page(Product product, Stock stock) {

	}

}
