"""The Docker engine as such: finding it, looking into images, pulling them; building and running are left to others."""
