// The world for the map: a file of its own, which is loaded when somebody looks at
// the map. Coastlines are Natural Earth's, 1:110 million.
import { geoEqualEarth, geoGraticule10, geoPath } from 'd3-geo'
import { feature } from 'topojson-client'
import land from 'world-atlas/land-110m.json'

// world returns what to draw in a box: paths, and where a place lies in it.
export function world(width, height) {
  const projection = geoEqualEarth().fitExtent([[1, 1], [width - 1, height - 1]], { type: 'Sphere' })
  const path = geoPath(projection).digits(1)
  return {
    sphere: path({ type: 'Sphere' }),
    graticule: path(geoGraticule10()),
    land: path(feature(land, land.objects.land)),
    project: ({ latitude, longitude }) => projection([longitude, latitude]),
  }
}
